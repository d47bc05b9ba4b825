//! Invoices, stores, the shopping guide and product scan, by the official samples.

use weixin::callback::Event;
use weixin::event_product::ProductCheckResult;
use weixin::event_store::PoiCheckResult;
use weixin::invoice_platform::ReimburseStatus;
use weixin::store::StoreMerchantStatus;

use super::{event, payload};

#[test]
fn invoices() {
    let allowed = event(
        "<Event> <![CDATA[user_authorize_invoice]]> </Event><SuccOrderId> <![CDATA[1202933957956]]> </SuccOrderId>
         <FailOrderId> <![CDATA[]]> </FailOrderId><AppId> <![CDATA[]]> </AppId><Source> <![CDATA[web]]> </Source>
         <AuthorizeAppId><![CDATA[wxa]]></AuthorizeAppId>",
    );
    let allowed = payload!(allowed, Event::InvoiceAuthorized);
    assert_eq!(
        (allowed.order_id.as_deref(), allowed.failed_order_id.as_deref()),
        (Some("1202933957956"), Some(""))
    );
    assert_eq!(allowed.authorize_app_id.as_deref(), Some("wxa"));
    let updated = event(
        "<Event><![CDATA[update_invoice_status]]></Event><Status><![CDATA[INVOICE_REIMBURSE_INIT]]></Status>\
         <CardId><![CDATA[pjZ8Yt7Um2jYxzneP8GomnxoVFWo]]></CardId><Code><![CDATA[186921658591]]></Code>",
    );
    let updated = payload!(updated, Event::InvoiceStatusUpdated);
    assert_eq!((updated.status, updated.code.as_str()), (ReimburseStatus::Initial, "186921658591"));
    let title = event(
        "<Event><![CDATA[submit_invoice_title]]></Event><title><![CDATA[用户选择抬头]]></title>\
         <tax_no><![CDATA[1486715661]]></tax_no><addr><![CDATA[abc]]></addr><phone><![CDATA[12345]]></phone>\
         <bank_type><![CDATA[bank_type]]></bank_type><bank_no><![CDATA[bank_no]]></bank_no>\
         <attach><![CDATA[attach]]></attach><title_type><![CDATA[InvoiceUserTitleBusinessType]]></title_type>",
    );
    let title = payload!(title, Event::InvoiceTitleSubmitted);
    assert_eq!((title.title.as_str(), title.tax_no.as_deref()), ("用户选择抬头", Some("1486715661")));
    assert_eq!(
        (title.attachment.as_deref(), title.title_type.as_str()),
        (Some("attach"), "InvoiceUserTitleBusinessType")
    );
    let made = event(
        "<Event><![CDATA[cloud_invoice_invoiceresult_event]]></Event><fpqqlsh><![CDATA[14574d75004451097886]]></fpqqlsh>\
         <status>100</status><nsrsbh><![CDATA[150001197205134629]]></nsrsbh>",
    );
    let made = payload!(made, Event::CloudInvoiceFinished);
    assert_eq!((made.request_id.as_str(), made.status), ("14574d75004451097886", 100));
    assert_eq!(made.seller_tax_no, "150001197205134629");
}

#[test]
fn stores() {
    // `msg` is in lower case on one page and not on the other.
    for msg in ["msg", "Msg"] {
        let checked = event(&format!(
            "<Event><![CDATA[poi_check_notify]]></Event><UniqId><![CDATA[123adb]]></UniqId>\
             <PoiId><![CDATA[123123]]></PoiId><Result><![CDATA[fail]]></Result><{msg}><![CDATA[xxxxxx]]></{msg}>"
        ));
        let checked = payload!(checked, Event::PoiChecked);
        assert_eq!((checked.result, checked.message.as_deref()), (PoiCheckResult::Failed, Some("xxxxxx")));
    }
    let audit = "<audit_id>11111</audit_id><status>3</status><reason><![CDATA[xxx]]></reason>";
    let merchant = event(&format!("<Event><![CDATA[apply_merchant_audit_info]]></Event>{audit}"));
    let merchant = payload!(merchant, Event::StoreMerchantChecked);
    assert_eq!((merchant.audit_id, merchant.status), (11111, StoreMerchantStatus::Failed));
    let added = event(&format!(
        "<Event><![CDATA[add_store_audit_info]]></Event>{audit}<is_upgrade>3</is_upgrade><poiid>12344</poiid>"
    ));
    let added = payload!(added, Event::StoreAdded);
    assert_eq!((added.is_upgrade, added.poi_id.as_ref().map(AsRef::as_ref)), (Some(3), Some("12344")));
    let modified = event(&format!("<Event><![CDATA[modify_store_audit_info]]></Event>{audit}"));
    assert_eq!(payload!(modified, Event::StoreModified).reason.as_deref(), Some("xxx"));
    let place = event(
        "<Event><![CDATA[create_map_poi_audit_info]]></Event><audit_id>11111</audit_id><status>1</status>\
         <map_poi_id><![CDATA[m]]></map_poi_id><name><![CDATA[n]]></name><address><![CDATA[a]]></address>\
         <latitude><![CDATA[134]]></latitude><longitude><![CDATA[30]]></longitude><sh_remark><![CDATA[r]]></sh_remark>",
    );
    let place = payload!(place, Event::MapPlaceChecked);
    assert_eq!((place.latitude, place.longitude, place.remark.as_deref()), (134.0, 30.0, Some("r")));
}

#[test]
fn guides() {
    let scanned = event(
        "<Event><![CDATA[guide_qrcode_scan_event]]></Event><GuideScanEvent>\
         <qrcode_guide_account><![CDATA[g]]></qrcode_guide_account><openid><![CDATA[o]]></openid><action>11</action>\
         <qrcode_info><![CDATA[i]]></qrcode_info></GuideScanEvent>",
    );
    let scanned = payload!(scanned, Event::GuideScanned);
    assert_eq!(
        (scanned.guide_account.as_ref().map(AsRef::as_ref), scanned.buyer_open_id.as_str()),
        (Some("g"), "o")
    );
    assert_eq!((scanned.action, scanned.qrcode_info.as_deref()), (11, Some("i")));
}

#[test]
fn products() {
    let opened = event(
        "<Event><![CDATA[user_scan_product]]></Event><KeyStandard><![CDATA[ean13]]></KeyStandard>\
         <KeyStr><![CDATA[6901481811083]]></KeyStr><Country><![CDATA[中国]]></Country>\
         <Province><![CDATA[广东]]></Province><City><![CDATA[揭阳]]></City><Sex>1</Sex><Scene>2</Scene>\
         <ExtInfo><![CDATA[123]]></ExtInfo>",
    );
    let opened = payload!(opened, Event::ProductOpened);
    assert_eq!((opened.key_standard.as_str(), opened.key_str.as_str()), ("ean13", "6901481811083"));
    assert_eq!(
        (opened.city.as_deref(), opened.scene, opened.ext_info.as_deref()),
        (Some("揭阳"), 2, Some("123"))
    );
    let key = "<KeyStandard><![CDATA[ean13]]></KeyStandard><KeyStr><![CDATA[6901481811083]]></KeyStr>";
    let entered = event(&format!("<Event><![CDATA[user_scan_product_enter_session]]></Event>{key}"));
    assert_eq!(payload!(entered, Event::ProductSessionEntered).key_str, "6901481811083");
    let located = event(&format!(
        "<Event><![CDATA[user_scan_product_async]]></Event>{key}<RegionCode><![CDATA[440105]]></RegionCode>"
    ));
    assert_eq!(payload!(located, Event::ProductLocated).region_code, "440105");
    let checked = event(&format!(
        "<Event><![CDATA[user_scan_product_verify_action]]></Event>{key}<Result><![CDATA[verify_not_pass]]></Result>\
         <ReasonMsg><![CDATA[包含色情内容]]></ReasonMsg>"
    ));
    let checked = payload!(checked, Event::ProductChecked);
    assert_eq!(
        (checked.result, checked.reason.as_deref()),
        (ProductCheckResult::Failed, Some("包含色情内容"))
    );
}
