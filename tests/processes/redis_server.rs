//! A real Redis server on a free port, which a test can stop and start again. `tests/run` installs it.

// Every test file compiles its own copy and uses a part of it.
#![allow(dead_code)]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

pub struct RedisServer {
    process: Option<Child>,
    port: u16,
    folder: TempDir,
    password: Option<&'static str>,
    tls_port: Option<u16>,
    /// Where the nodes of a cluster talk to each other.
    cluster_port: Option<u16>,
}

fn free_port() -> u16 {
    let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    free.local_addr().expect("the port is known").port()
}

impl RedisServer {
    pub fn start() -> Self {
        Self::with_password(None)
    }

    pub fn with_password(password: Option<&'static str>) -> Self {
        let folder = TempDir::new().expect("a folder for the server");
        let (tls_port, cluster_port) = (None, None);
        let mut server = Self { process: None, port: free_port(), folder, password, tls_port, cluster_port };
        server.restart();
        server
    }

    /// Three servers that are one cluster, each with a third of the slots.
    pub fn cluster() -> [Self; 3] {
        let slots = [("0", "5460"), ("5461", "10922"), ("10923", "16383")];
        let nodes = slots.map(|(first, last)| {
            let folder = TempDir::new().expect("a folder for the server");
            let cluster_port = Some(free_port());
            let mut node = Self {
                process: None,
                port: free_port(),
                folder,
                password: None,
                tls_port: None,
                cluster_port,
            };
            node.restart();
            assert_eq!(node.ask(&["CLUSTER", "ADDSLOTSRANGE", first, last]), "OK");
            node
        });
        for (epoch, node) in nodes.iter().enumerate() {
            assert_eq!(node.ask(&["CLUSTER", "SET-CONFIG-EPOCH", &(epoch + 1).to_string()]), "OK");
            let (port, bus) = (node.port.to_string(), node.cluster_port.expect("a node").to_string());
            if epoch > 0 {
                assert_eq!(nodes[0].ask(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]), "OK");
            }
        }
        let is_whole = |node: &Self| {
            let info = node.ask(&["CLUSTER", "INFO"]);
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
        };
        while !nodes.iter().all(is_whole) {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        nodes
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// A server that also speaks TLS, and the certificate that it shows.
    pub fn with_tls() -> (Self, Vec<u8>) {
        let folder = TempDir::new().expect("a folder for the server");
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
        openssl.args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
        openssl.args([
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ]);
        let made = openssl.current_dir(folder.path()).output();
        let made = made.expect("openssl is installed: `tests/run` does that");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let certificate = std::fs::read(folder.path().join("cert.pem")).expect("the certificate");
        let tls_port = Some(free_port());
        let (port, cluster_port) = (free_port(), None);
        let mut server = Self { process: None, port, folder, password: None, tls_port, cluster_port };
        server.restart();
        (server, certificate)
    }

    /// The address of the protected port.
    pub fn tls_url(&self) -> String {
        format!("rediss://localhost:{}/0", self.tls_port.expect("the server speaks TLS"))
    }

    /// The address, with the password.
    pub fn url(&self) -> String {
        let login = self.password.map(|password| format!(":{password}@")).unwrap_or_default();
        format!("redis://{login}127.0.0.1:{}/0", self.port)
    }

    /// Starts the server, empty, on the same port as before; returns once it answers.
    pub fn restart(&mut self) {
        self.kill();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", ""]);
        command.args(["--appendonly", "no", "--dir"]).arg(self.folder.path());
        if let Some(password) = self.password {
            command.args(["--requirepass", password]);
        }
        if let Some(port) = self.tls_port {
            command.args(["--tls-port", &port.to_string(), "--tls-auth-clients", "no"]);
            command.args(["--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem"]);
            command.args(["--tls-ca-cert-file", "cert.pem"]);
        }
        if let Some(port) = self.cluster_port {
            command.args(["--cluster-enabled", "yes", "--cluster-port", &port.to_string()]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("redis-server is installed: `tests/run` does that");
        let process = self.process.insert(process);
        loop {
            if let Some(status) = process.try_wait().expect("the server can be looked after") {
                panic!("redis-server ended at once ({status}): is its port taken?");
            }
            let mut ping = Command::new("redis-cli");
            ping.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
            if let Some(password) = self.password {
                ping.args(["--no-auth-warning", "-a", password]);
            }
            let answer = ping.arg("PING").output().expect("redis-cli is installed: `tests/run` does that");
            if answer.stdout.starts_with(b"PONG") {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Freezes it: connections stay, answers don't come. `kill` and `restart` still work.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let process = self.process.as_ref().expect("the server runs");
        let sent = Command::new("kill").args([signal, &process.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the server can be signalled");
    }

    /// What `redis-cli` prints for a command.
    pub fn ask(&self, command: &[&str]) -> String {
        let mut cli = Command::new("redis-cli");
        cli.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        if let Some(password) = self.password {
            cli.args(["--no-auth-warning", "-a", password]);
        }
        let output = cli.args(command).output().expect("redis-cli is installed: `tests/run` does that");
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
