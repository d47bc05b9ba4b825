use weixin::qrcode::ShowQrcode;

fn main() {
    let _ = ShowQrcode { ticket: "ticket".to_owned() };
}
