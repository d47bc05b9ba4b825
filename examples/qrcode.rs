//! The main job: QR codes with a scene, from the token to the picture on disk.
//!
//! `cargo run --example qrcode` needs no account: without `WEIXIN_APPID` and `WEIXIN_SECRET` it starts the
//! sandbox on this machine and talks to that.

use std::error::Error;
use std::path::Path;

use weixin::qrcode::{
    CreateQrcode, QrAction, QrLimitScene, QrLimitStrScene, QrScene, QrStrScene, ShowQrcode,
};
use weixin::sandbox::Sandbox;
use weixin::Client;

const DAY: u32 = 24 * 60 * 60;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let account = std::env::var("WEIXIN_APPID").ok().zip(std::env::var("WEIXIN_SECRET").ok());
    // Kept until the end: the sandbox stops when it is dropped.
    let (client, _sandbox) = match account {
        Some((app_id, secret)) => {
            println!("Talking to the platform as {app_id}.");
            (Client::new(app_id, secret)?, None)
        }
        None => {
            let sandbox = Sandbox::start().await?;
            println!(
                "WEIXIN_APPID and WEIXIN_SECRET are not set: talking to a sandbox at {}.",
                sandbox.url()
            );
            (sandbox.client()?, Some(sandbox))
        }
    };

    let folder = Path::new("qrcodes");
    std::fs::create_dir_all(folder)?;
    let codes: [(&str, &str, QrAction); 4] = [
        ("temporary-123.jpg", "123", QrScene::new(123).expire_seconds(7 * DAY).into()),
        ("temporary-order-7.jpg", "order-7", QrStrScene::new("order-7").expire_seconds(DAY).into()),
        ("permanent-42.jpg", "42", QrLimitScene::new(42).into()),
        ("permanent-shop-42.jpg", "shop-42", QrLimitStrScene::new("shop-42").into()),
    ];
    for (name, scene, action) in codes {
        let code = client.create_qrcode(CreateQrcode::new(action)).await?;
        let file = folder.join(name);
        let bytes = client.show_qrcode(ShowQrcode::new(&code.ticket)).await?.save_to(&file).await?;
        let lifetime = match code.expire_seconds {
            Some(seconds) => format!("{seconds} seconds"),
            None => "permanent".to_owned(),
        };
        println!("\nscene    {scene}");
        println!("ticket   {}", code.ticket);
        println!("lifetime {lifetime}");
        println!("url      {}", code.url);
        println!("file     {} ({bytes} bytes)", file.display());
    }

    // The URL is all that the picture says, so a code of one's own look needs no download.
    let code = client.create_qrcode(CreateQrcode::new(QrLimitStrScene::new("shop-42"))).await?;
    let drawn = qrcode::QrCode::new(&code.url)?;
    println!("\nThe same permanent code, drawn from its URL:\n");
    println!("{}", drawn.render::<qrcode::render::unicode::Dense1x2>().build());
    Ok(())
}
