//! The client against a server whose every byte is written here by hand, from the platform's documentation:
//! exact requests, and answers as odd as the platform's. Neither spec nor sandbox has a part in it.

#[path = "wire/account.rs"]
mod account;
#[path = "wire/broken.rs"]
mod broken;
#[path = "wire/dirty.rs"]
mod dirty;
#[path = "wire/display.rs"]
mod display;
#[path = "wire/envelope.rs"]
mod envelope;
#[path = "wire/failure.rs"]
mod failure;
#[path = "wire/interceptor.rs"]
mod interceptor;
#[path = "wire/lenient.rs"]
mod lenient;
#[path = "wire/material.rs"]
mod material;
#[path = "wire/message.rs"]
mod message;
#[path = "wire/oauth.rs"]
mod oauth;
#[path = "wire/page.rs"]
mod page;
#[path = "wire/qrcode.rs"]
mod qrcode;
#[path = "wire/quota.rs"]
mod quota;
#[path = "wire/remote.rs"]
mod remote;
#[path = "wire/replay.rs"]
mod replay;
#[path = "wire/secrets.rs"]
mod secrets;
#[path = "wire/server.rs"]
mod server;
#[path = "wire/ticket.rs"]
mod ticket;
#[path = "wire/token.rs"]
mod token;
#[path = "wire/transport.rs"]
mod transport;
#[path = "wire/user.rs"]
mod user;
