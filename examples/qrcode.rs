//! The main job: QR codes with a scene, from the token to the picture on disk.
//!
//! `cargo run --example qrcode` needs no account: without `WEIXIN_APPID` and `WEIXIN_SECRET` it starts the
//! sandbox on this machine and talks to that. `WEIXIN_BASE_URL` sends all calls to another server.

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
    // Kept until the end: a sandbox stops when it is dropped.
    let (client, _sandbox) = connect().await?;

    // Calls get their token by themselves; this only shows that the account is right before anything is made.
    client.access_token().await?;
    let life = client.token_status().and_then(|token| token.expires_in).unwrap_or_default();
    println!("Fetched an access token; it lives for {} seconds.", life.as_secs_f64().round());

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

/// The client, and the sandbox that it talks to if there is no account.
async fn connect() -> Result<(Client, Option<Sandbox>), Box<dyn Error>> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let base_url = variable("WEIXIN_BASE_URL");
    match (variable("WEIXIN_APPID"), variable("WEIXIN_SECRET")) {
        (Some(app_id), Some(secret)) => {
            println!("Talking to {} as {app_id}.", base_url.as_deref().unwrap_or("the platform"));
            let mut client = Client::builder(app_id, secret);
            if let Some(base_url) = base_url {
                client = client.base_url(base_url);
            }
            Ok((client.build()?, None))
        }
        (None, None) if base_url.is_none() => {
            let sandbox = Sandbox::start().await?;
            println!(
                "WEIXIN_APPID and WEIXIN_SECRET are not set: talking to a sandbox at {}.",
                sandbox.url()
            );
            Ok((sandbox.client()?, Some(sandbox)))
        }
        _ => Err("set both WEIXIN_APPID and WEIXIN_SECRET, or neither and no WEIXIN_BASE_URL".into()),
    }
}
