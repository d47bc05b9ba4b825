//! The server: a thread with a runtime of its own, the listener, the connections.
//! What is answered is decided in `route.rs`.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;

use super::route;
use super::state::State;
use super::wire::Wire;
use crate::{Error, Result};

/// Connections that wait to be accepted: thousands may arrive at once.
const BACKLOG: u32 = 16_384;
/// Threads that draw pictures.
const DRAWERS: usize = 2;

/// A running server. Dropping it closes all connections and waits for the thread's end.
///
/// The thread is apart from the runtime of whoever uses the sandbox: it goes on while their threads are
/// busy, survives the end of their runtime, and when it has ended there is nothing left of it.
#[derive(Debug)]
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server on a free port of the loopback interface; `make` gets its address.
    pub(crate) async fn start(
        make: impl FnOnce(String) -> State + Send + 'static,
    ) -> Result<(Self, Arc<State>)> {
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = oneshot::channel();
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .max_blocking_threads(DRAWERS)
                .build();
            let runtime = match runtime {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = ready.send(Err(Error::io("the sandbox can't start its runtime", error)));
                    return;
                }
            };
            runtime.block_on(async {
                let (listener, address) = match listen() {
                    Ok(listening) => listening,
                    Err(error) => {
                        let _ = ready.send(Err(Error::io("the sandbox can't listen on 127.0.0.1", error)));
                        return;
                    }
                };
                let state = Arc::new(make(format!("http://{address}")));
                if ready.send(Ok(state.clone())).is_err() {
                    return;
                }
                tokio::select! {
                    _ = stopped => {}
                    () = accept(listener, state) => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name("weixin-sandbox".to_owned()).spawn(run);
        let thread = thread.map_err(|error| Error::io("the sandbox can't start its thread", error))?;
        let server = Self { stop: Some(stop), thread: Some(thread) };
        let state = started.await.map_err(|_| Error::config("the sandbox ended before it began"))??;
        Ok((server, state))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listen() -> std::io::Result<(TcpListener, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    loop {
        match listener.accept().await {
            // The tasks end with the runtime.
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, state.clone()))),
            // Out of file descriptors, most likely: others will be closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection(stream: TcpStream, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    let (wire, mut orders) = Wire::new();
    let service = service_fn(move |request: Request<Incoming>| {
        Box::pin(route::handle(state.clone(), wire.clone(), request))
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let order = tokio::select! {
        _ = &mut connection => None,
        order = orders.recv() => order,
    };
    if let Some(bytes) = order {
        let mut stream = connection.into_parts().io.into_inner();
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
    }
}
