//! nchan, nginx's own publish and subscribe, with one worker.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use super::receiver::Protocol;
use super::{MESSAGE, Publishes, kill, on_first};
use crate::world::Outcome;

pub(crate) struct Nchan {
    server: Child,
    address: String,
    publisher: TcpStream,
    message: Vec<u8>,
}

fn configuration(folder: &Path, address: &str) -> String {
    let folder = folder.display();
    format!(
        "load_module /usr/lib/nginx/modules/ngx_nchan_module.so;\n\
         daemon off; master_process off; worker_processes 1;\n\
         pid {folder}/nginx.pid; error_log {folder}/nginx.log error;\n\
         events {{ worker_connections 19000; }}\n\
         http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;\n\
           client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n\
           fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;\n\
           scgi_temp_path {folder}/scgi; nchan_max_reserved_memory 1G;\n\
           server {{ listen {address}; tcp_nodelay on;\n\
             location /pub {{ nchan_publisher; nchan_channel_id bench;\n\
               nchan_message_buffer_length 1000; nchan_message_timeout 1h; }}\n\
             location /ws {{ nchan_subscriber websocket; nchan_channel_id bench;\n\
               nchan_subscriber_first_message newest; }}\n\
             location /sse {{ nchan_subscriber eventsource; nchan_channel_id bench;\n\
               nchan_subscriber_first_message newest; }}\n\
           }} }}\n"
    )
}

impl Nchan {
    pub(crate) fn start(folder: &Path) -> Outcome<Self> {
        let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration(folder, &free))?;
        let mut command = on_first("/usr/sbin/nginx");
        let mut server = command.arg("-p").arg(folder).arg("-c").arg(&file).spawn()?;
        let begun = Instant::now();
        let publisher = loop {
            match TcpStream::connect(&free) {
                Ok(stream) => break stream,
                Err(_) if begun.elapsed() < Duration::from_secs(10) => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(error) => {
                    kill(&mut server);
                    return Err(format!("nginx does not start: {error}").into());
                }
            }
        };
        publisher.set_nodelay(true)?;
        let body = "x".repeat(MESSAGE);
        let message = format!(
            "POST /pub HTTP/1.1\r\nHost: {free}\r\nContent-Type: text/plain\r\n\
             Content-Length: {MESSAGE}\r\n\r\n{body}"
        );
        Ok(Self { server, address: free, publisher, message: message.into_bytes() })
    }
}

impl Publishes for Nchan {
    fn id(&self) -> u32 {
        self.server.id()
    }

    fn request(&self, protocol: Protocol) -> (String, String) {
        let host = &self.address;
        let request = match protocol {
            Protocol::WebSocket => format!(
                "GET /ws HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\n\
                 Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            ),
            Protocol::Sse | Protocol::AnySse => {
                format!("GET /sse HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n")
            }
        };
        (host.clone(), request)
    }

    /// All at once on one connection; what is answered is thrown away.
    fn publish(&mut self, messages: u64) -> Outcome<()> {
        let mut all = Vec::with_capacity(self.message.len() * 32);
        for _ in 0..messages {
            all.extend_from_slice(&self.message);
        }
        self.publisher.write_all(&all)?;
        self.publisher.set_nonblocking(true)?;
        let mut answers = [0; 65_536];
        while self.publisher.read(&mut answers).is_ok_and(|read| read > 0) {}
        self.publisher.set_nonblocking(false)?;
        Ok(())
    }
}

impl Drop for Nchan {
    fn drop(&mut self) {
        kill(&mut self.server);
    }
}
