//! What it costs to check and decode an encrypted text message, and to answer it with an encrypted reply.
//! `cargo bench --bench callback`; see `benches/README.md`.

#[path = "support/valgrind.rs"]
mod valgrind;

use std::hint::black_box;
use std::time::Instant;

use weixin::callback::{Push, Received, Receiver, Reply};

const TOKEN: &str = "AAAAA";
const APP_ID: &str = "wx_appid";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
/// Made by openssl from `MESSAGE`.
const SEALED: &str =
    "NeJb89BvbScUabKyfHGpTT+K6CGDTpMtu/u+VZUZAloGE3sCdgr0aZPFTswk5RrG8be6uNjy5P36um4Dj20eh7BiEsm1\
    uGd04ZYqyjxWljg0y++WcGMAmDHieiiaAqRdiO3JWr8Uhxk9oIepM5KmUJM5DvmBIUcexgvmUKC1bKO2Je72H7XFiot8\
    iWjhCcQ5HDcGW/tCKqHIROc5id6z2vobANG98XBmTwPVSpYjgIjeu93ajDdhiRAg0i23T3+lL+QENPEbmpoZ9V5yxIM+\
    MrYz5kq12gqxTA0uL1liVCigE35/W9nQ4QfH3ehXchO6WwXueFyD6B41tFKrfJIt7hrlBv7EsxaeNQLwQpLYppkrxhbJ\
    DBCcyEgTmCv85cGIIIzRr1AwygPfbVf7e3vuCpj5KGkcLFO7GVmB0QTWCwDIhiCeMIcTY26/lANs3jbaSAHgTH4jqiOp\
    eReNQSIcLw==";
const QUERY: &str =
    "signature=18e0c041b8ead4326b3917f367c779d28e7fb881&timestamp=1717200000&nonce=415670741&open\
    id=oDF3iY9ffA-hqb2vVvbr7qxf6A0Q&encrypt_type=aes&msg_signature=9c818d8afe2afce052ba4e85c32d1\
    a59bf664b51";
const MESSAGE: &[u8] =
    b"<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><FromUserName><![CDATA[oDF3iY9ffA-h\
    qb2vVvbr7qxf6A0Q]]></FromUserName><CreateTime>1717200000</CreateTime><MsgType><![CDATA[text]\
    ]></MsgType><Content><![CDATA[When does the shop open on Sunday?]]></Content><MsgId>60547685\
    90064713728</MsgId></xml>";

const STEPS: [&str; 4] = ["all", "receive", "reply", "decode"];

struct Bench {
    receiver: Receiver,
    body: String,
    reply: Reply,
}

fn main() {
    let bench = Bench {
        receiver: Receiver::builder(TOKEN).encrypted(APP_ID, KEY).build().expect("right settings"),
        body: format!(
            "<xml>\n    <ToUserName><![CDATA[gh_account]]></ToUserName>\n    \
             <Encrypt><![CDATA[{SEALED}]]></Encrypt>\n</xml>"
        ),
        reply: Reply::text("Thank you, we will come back to you."),
    };
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [step, times] => bench.run(step, times.parse().expect("a number")),
        _ => bench.measure(),
    }
}

impl Bench {
    fn receive(&self) -> Box<weixin::callback::Delivery> {
        match self.receiver.receive("POST", black_box(QUERY), black_box(self.body.as_bytes())) {
            Ok(Received::Push(delivery)) => delivery,
            other => panic!("{other:?}"),
        }
    }

    fn run(&self, step: &str, times: u32) {
        let delivery = self.receive();
        for _ in 0..times {
            match step {
                "all" => {
                    let answer = self.receive().reply(black_box(&self.reply)).expect("an answer");
                    black_box(answer);
                }
                "receive" => drop(black_box(self.receive())),
                "reply" => drop(black_box(delivery.reply(black_box(&self.reply)).expect("an answer"))),
                "decode" => drop(black_box(Push::from_xml(black_box(MESSAGE)).expect("a push"))),
                other => panic!("there is no step {other}"),
            }
        }
    }

    fn measure(&self) {
        const ROUNDS: usize = 31;
        const TIMES: u32 = 5000;
        println!("a body of {} bytes, a message of {}; on one core", self.body.len(), MESSAGE.len());
        for step in STEPS {
            let mut times: Vec<f64> = (0..ROUNDS)
                .map(|_| {
                    let began = Instant::now();
                    self.run(step, TIMES);
                    began.elapsed().as_secs_f64() / f64::from(TIMES)
                })
                .collect();
            times.sort_by(f64::total_cmp);
            let median = times[ROUNDS / 2];
            print!("{step:8} {:6.2} µs  {:8.0} a second", median * 1e6, 1.0 / median);
            match (each(valgrind::instructions, step), each(valgrind::allocations, step)) {
                (Some(instructions), Some(allocations)) => {
                    println!("  {instructions:8.0} instructions  {allocations:5.1} allocations");
                }
                _ => println!("  (valgrind is not installed)"),
            }
        }
    }
}

/// Counts of one round: the difference between two runs, so that starting up does not count.
fn each(count: fn(&[&str]) -> Option<u64>, step: &str) -> Option<f64> {
    Some((count(&[step, "1100"])? as f64 - count(&[step, "100"])? as f64) / 1000.0)
}
