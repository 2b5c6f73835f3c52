//! Modbus/TCP Security: who gets in, and what each may do there.
#![cfg(feature = "tls")]

use potline::image::{CellId, Field, Mode, Quality};
use potline::plc::tls::{Acceptor, ROLE_OID, Roles};
use potline::plc::{
    Bank, BankSettings, Distrust, Endpoint, Fault, Health, Layout, LinkSettings, Outputs, PlcLink,
    PlcSettings, PotPlc, RegisterMap, TlsFiles,
};
use rcgen::{BasicConstraints, CertificateParams, CustomExtension, IsCa, Issuer, KeyPair};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};

/// An authority, made for this run.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("potline-tls-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn authority(folder: &Folder, name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let file = folder.write(&format!("{name}.pem"), &certificate.pem());
    Authority { issuer: Issuer::new(params, key), file }
}

/// A certificate of `authority`, its key, and whom its owner trusts.
fn papers(
    folder: &Folder,
    name: &str,
    authority: &Authority,
    trusted: &Authority,
    change: impl FnOnce(&mut CertificateParams),
) -> TlsFiles {
    let mut params = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    TlsFiles {
        ca: trusted.file.clone(),
        certificate: folder.write(&format!("{name}.pem"), &certificate.pem()),
        key: folder.write(&format!("{name}.key"), &key.serialize_pem()),
        server_name: None,
    }
}

fn with_role(role: &'static str) -> impl FnOnce(&mut CertificateParams) {
    move |params| {
        let oid: Vec<u64> = ROLE_OID.split('.').map(|part| part.parse().unwrap()).collect();
        // UTF8String, its length, its bytes.
        let content = [&[0x0C, role.len() as u8], role.as_bytes()].concat();
        params.custom_extensions.push(CustomExtension::from_oid_content(&oid, content));
    }
}

fn expired(params: &mut CertificateParams) {
    with_role("controller")(params);
    params.not_before = rcgen::date_time_ymd(2019, 1, 1);
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
}

const ROLES: &str = r#"
controller = [{ functions = [3, 16], units = [1] }]
viewer = [{ functions = [3] }]
"#;

/// An emulated PLC on loopback behind a secure port.
struct Plant {
    folder: Folder,
    ca: Authority,
    other: Authority,
    bank: Arc<Bank>,
    layout: Arc<Layout>,
    secure: SocketAddr,
    refused: Arc<Mutex<Vec<Distrust>>>,
}

async fn plant(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Plant {
    let folder = Folder::new(name);
    let (ca, other) = (authority(&folder, "plant"), authority(&folder, "stranger"));
    let layout = Arc::new(RegisterMap::pot500().unwrap().compile().unwrap());
    let plc = PotPlc::new(CellId(1), Arc::clone(&layout), &PlcSettings::default()).unwrap();
    let bank = Bank::start(&BankSettings { base_port: 0, ..BankSettings::default() }, vec![plc]).unwrap();
    let files = papers(&folder, "plc", &ca, &ca, change);
    let roles: Roles = toml::from_str(ROLES).unwrap();
    let acceptor = Acceptor::new(&files, roles, Duration::from_millis(300), 8).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (secure, inner) = (listener.local_addr().unwrap(), bank.addresses()[0]);
    let refused = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&refused);
    tokio::spawn(async move {
        let serve = move |mut stream| async move {
            let mut plc = TcpStream::connect(inner).await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut plc).await;
        };
        acceptor.listen(listener, serve, move |_, why| heard.lock().unwrap().push(why)).await;
    });
    Plant { folder, ca, other, bank: Arc::new(bank), layout, secure, refused }
}

impl Plant {
    fn link(&self, files: TlsFiles) -> PlcLink {
        let settings = LinkSettings {
            timeout_ms: 500,
            backoff_min_ms: 5,
            backoff_max_ms: 20,
            tls: Some(files),
            ..LinkSettings::default()
        };
        let endpoint = Endpoint { cell: CellId(1), address: format!("tls://{}", self.secure), unit_id: 1 };
        PlcLink::spawn(&endpoint, &settings, Arc::clone(&self.layout)).unwrap()
    }

    /// Scans for a while: best quality seen, writes that were confirmed, and health.
    async fn try_out(&self, files: TlsFiles) -> (bool, Health, bool) {
        let mut link = self.link(files);
        let mut field = Field { voltage: 4.0, current: 500e3, mode: Mode::Auto, ..Field::default() };
        let (mut good, mut heard) = (false, false);
        for scan in 0..40_u16 {
            field.time += 0.1;
            self.bank.scan(0, 0.1, &field).unwrap();
            link.start_read(f64::from(scan) / 10.0);
            good |= link.finish_read(Instant::now() + Duration::from_secs(1)).await.quality == Quality::Good;
            let _ = link.start_write(&Outputs { heartbeat: scan + 1, ..Outputs::default() });
            link.finish_write(Instant::now() + Duration::from_secs(1)).await;
            heard |= self.bank.wait_all_heartbeats(Duration::ZERO);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        (good, link.health(), heard)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_right_role_reads_and_writes() {
    let plant = plant("right", |_| ()).await;
    let files = papers(&plant.folder, "controller", &plant.ca, &plant.ca, with_role("controller"));
    let (good, health, heard) = plant.try_out(files).await;
    assert!(good && heard && health.errors == 0, "{health}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_may_read_is_refused_writes_with_exception_1() {
    let plant = plant("viewer", |_| ()).await;
    let files = papers(&plant.folder, "viewer", &plant.ca, &plant.ca, with_role("viewer"));
    let (_, health, heard) = plant.try_out(files).await;
    assert!(!heard, "a write reached the PLC");
    assert!(health.counts.exception > 0 && health.connected, "{health:?}");
    assert_eq!(health.last_error, Some(Fault::Exception(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_role_and_an_unknown_one_may_do_nothing() {
    let plant = plant("none", |_| ()).await;
    let plain = papers(&plant.folder, "plain", &plant.ca, &plant.ca, |_| ());
    let guest = papers(&plant.folder, "guest", &plant.ca, &plant.ca, with_role("guest"));
    for files in [plain, guest] {
        let (good, health, heard) = plant.try_out(files).await;
        assert!(!good && !heard && health.counts.exception > 0, "{health:?}");
        assert_eq!(health.last_error, Some(Fault::Exception(1)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_certificate_and_one_of_another_authority_are_refused_in_words() {
    let plant = plant("refused", |_| ()).await;
    let old = papers(&plant.folder, "old", &plant.ca, &plant.ca, expired);
    let strange = papers(&plant.folder, "strange", &plant.other, &plant.ca, with_role("controller"));
    for (files, why) in [(old, Distrust::Expired), (strange, Distrust::UnknownAuthority)] {
        let (good, health, heard) = plant.try_out(files).await;
        assert!(!good && !heard, "{health}");
        assert!(health.to_string().contains("it refused our certificate"), "{health}");
        assert_eq!(plant.refused.lock().unwrap().last(), Some(&why));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plc_with_an_expired_certificate_another_authority_or_name_is_not_trusted() {
    let plant = plant("server", expired).await;
    let files = papers(&plant.folder, "controller", &plant.ca, &plant.ca, with_role("controller"));
    let health = plant.try_out(files.clone()).await.1;
    assert_eq!(health.last_error, Some(Fault::Secure(Distrust::Expired)));
    assert!(health.refused > 0 && health.requests == 0 && health.counts.distrust > 0, "{health:?}");
    let plant = self::plant("name", |_| ()).await;
    let files = papers(&plant.folder, "controller", &plant.ca, &plant.ca, with_role("controller"));
    let wrong = TlsFiles { server_name: Some("pot-17".into()), ..files.clone() };
    let health = plant.try_out(wrong).await.1;
    assert_eq!(health.last_error, Some(Fault::Secure(Distrust::WrongName)));
    let health = plant.try_out(TlsFiles { ca: plant.other.file.clone(), ..files }).await.1;
    assert_eq!(health.last_error, Some(Fault::Secure(Distrust::UnknownAuthority)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_a_stalled_handshake_nor_a_plain_client_holds_the_others_up() {
    let plant = plant("stalled", |_| ()).await;
    let mut stalled = TcpStream::connect(plant.secure).await.unwrap();
    let mut plain = TcpStream::connect(plant.secure).await.unwrap();
    plain.write_all(&[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]).await.unwrap();
    // Answered with an alert at most, then closed.
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(2), plain.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.first().is_none_or(|&kind| kind == 21), "{answer:?}");
    let files = papers(&plant.folder, "controller", &plant.ca, &plant.ca, with_role("controller"));
    let (good, health, _) = plant.try_out(files).await;
    assert!(good, "{health}");
    let closed = timeout(Duration::from_secs(2), stalled.read(&mut [0; 1])).await.unwrap();
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    let refused = plant.refused.lock().unwrap().clone();
    assert!(refused.contains(&Distrust::Stalled) && refused.contains(&Distrust::NotTls), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_a_certificate_is_refused() {
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::pem::PemObject};
    let plant = plant("bare", |_| ()).await;
    let mut roots = RootCertStore::empty();
    roots.add(rustls_pki_types::CertificateDer::from_pem_file(&plant.ca.file).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(plant.secure).await.unwrap();
    let name = "127.0.0.1".try_into().unwrap();
    let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    // With TLS 1.3 the refusal comes behind the handshake.
    let error = match shaken {
        Err(error) => error,
        Ok(mut stream) => stream.read(&mut [0; 1]).await.unwrap_err(),
    };
    assert!(error.to_string().contains("CertificateRequired"), "{error}");
    assert_eq!(plant.refused.lock().unwrap()[..], [Distrust::NoCertificate]);
}

#[test]
fn files_that_will_not_do_are_all_named() {
    let folder = Folder::new("files");
    let empty = folder.write("empty.pem", "");
    let files = TlsFiles {
        ca: empty,
        certificate: "nowhere.pem".into(),
        key: "nowhere.key".into(),
        server_name: None,
    }
    .within(Path::new("/nonexistent"));
    let problems = Acceptor::new(&files, Roles::default(), Duration::from_secs(1), 1).unwrap_err();
    let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(text.len(), 3, "{text:?}");
    assert!(text[0].contains("empty.pem") && text[1].contains("/nonexistent/nowhere.pem"), "{text:?}");
}
