//! The client against a server whose every byte is written here by hand, from the platform's documentation:
//! exact requests, and answers as odd as the platform's. Neither spec nor sandbox has a part in it.

mod broken;
mod dirty;
mod display;
mod envelope;
mod failure;
mod interceptor;
mod lenient;
mod material;
mod message;
mod oauth;
mod page;
mod qrcode;
mod quota;
mod remote;
mod replay;
mod secrets;
mod ticket;
mod token;
mod transport;
mod user;
