//! Taps on the menu and where followers are, by the official samples.

use weixin::callback::Event;

use super::{event, payload};

#[test]
fn taps() {
    let click = event("<Event><![CDATA[CLICK]]></Event><EventKey><![CDATA[EVENTKEY]]></EventKey>");
    assert_eq!(payload!(click, Event::Click).event_key, "EVENTKEY");
    let view = event(
        "<Event><![CDATA[VIEW]]></Event><EventKey><![CDATA[www.qq.com]]></EventKey><MenuId>MENUID</MenuId>",
    );
    let view = payload!(view, Event::View);
    assert_eq!(
        (view.event_key.as_str(), view.menu_id.as_ref().map(AsRef::as_ref)),
        ("www.qq.com", Some("MENUID"))
    );
    let view = event(
        "<Event><![CDATA[view_miniprogram]]></Event><EventKey><![CDATA[pages/index/index]]></EventKey>\
         <MenuId>MENUID</MenuId>",
    );
    assert_eq!(payload!(view, Event::ViewMiniProgram).event_key, "pages/index/index");
}

#[test]
fn codes() {
    let inner = "<EventKey><![CDATA[6]]></EventKey><ScanCodeInfo><ScanType><![CDATA[qrcode]]></ScanType>\
                 <ScanResult><![CDATA[1]]></ScanResult></ScanCodeInfo>";
    let push =
        payload!(event(&format!("<Event><![CDATA[scancode_push]]></Event>{inner}")), Event::ScanCodePush);
    assert_eq!(
        (push.event_key.as_str(), push.scan_type.as_str(), push.scan_result.as_str()),
        ("6", "qrcode", "1")
    );
    let wait =
        payload!(event(&format!("<Event><![CDATA[scancode_waitmsg]]></Event>{inner}")), Event::ScanCodeWait);
    assert_eq!((wait.scan_type.as_str(), wait.scan_result.as_str()), ("qrcode", "1"));
}

#[test]
fn pictures() {
    let inner = |count: u32, items: &str| {
        format!(
            "<EventKey><![CDATA[6]]></EventKey><SendPicsInfo><Count>{count}</Count>\n<PicList>{items}</PicList>\n\
             </SendPicsInfo>"
        )
    };
    let one = "<item><PicMd5Sum><![CDATA[1b5f7c23b5bf75682a53e7b6d163e185]]></PicMd5Sum>\n</item>\n";
    let two =
        format!("{one}<item><PicMd5Sum><![CDATA[5a75aaca956d97be686719218f275c6b]]></PicMd5Sum></item>");
    let taken = event(&format!("<Event><![CDATA[pic_sysphoto]]></Event>{}", inner(1, one)));
    let taken = payload!(taken, Event::PhotoTaken);
    assert_eq!(taken.picture_count, 1);
    assert_eq!(taken.pictures[0].pic_md5_sum, "1b5f7c23b5bf75682a53e7b6d163e185");
    let chosen = event(&format!("<Event><![CDATA[pic_photo_or_album]]></Event>{}", inner(2, &two)));
    let chosen = payload!(chosen, Event::PhotoChosen);
    assert_eq!(chosen.pictures.len(), 2);
    assert_eq!(chosen.pictures[1].pic_md5_sum, "5a75aaca956d97be686719218f275c6b");
    let none = event(&format!("<Event><![CDATA[pic_weixin]]></Event>{}", inner(0, "")));
    let none = payload!(none, Event::AlbumChosen);
    assert!(none.pictures.is_empty() && none.picture_count == 0);
}

#[test]
fn places() {
    let chosen = event(
        "<Event><![CDATA[location_select]]></Event><EventKey><![CDATA[6]]></EventKey><SendLocationInfo>\
         <Location_X><![CDATA[23]]></Location_X><Location_Y><![CDATA[113]]></Location_Y><Scale><![CDATA[15]]></Scale>\
         <Label><![CDATA[ 广州市海珠区客村艺苑路 106号]]></Label><Poiname><![CDATA[]]></Poiname></SendLocationInfo>",
    );
    let chosen = payload!(chosen, Event::LocationChosen);
    assert_eq!((chosen.latitude, chosen.longitude, chosen.scale), (23.0, 113.0, 15.0));
    assert_eq!(chosen.label, " 广州市海珠区客村艺苑路 106号");
    assert_eq!(chosen.poi_name.as_deref(), Some(""));
    let report = event(
        "<Event><![CDATA[LOCATION]]></Event><Latitude>23.137466</Latitude><Longitude>113.352425</Longitude>\
         <Precision>119.385040</Precision>",
    );
    let report = payload!(report, Event::LocationReport);
    assert_eq!((report.latitude, report.longitude, report.precision), (23.137_466, 113.352_425, 119.385_04));
}
