//! Every setting of the server, its environment variable and its default.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Settings of `serve`.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct ServeConfig {
    /// Folders of data and models.
    #[command(flatten)]
    pub folders: Folders,
    /// Address and port to listen on.
    #[arg(long, env = "SEGMENTA_BIND", default_value = "127.0.0.1:8080")]
    pub bind: SocketAddr,
    /// A name under which the dashboard may be asked for, beside this machine's own; may be given several times.
    #[arg(long = "allowed-host", env = "SEGMENTA_ALLOWED_HOSTS", value_delimiter = ',', value_name = "HOST")]
    pub allowed_hosts: Vec<String>,
    /// Open the dashboard in the browser.
    #[arg(long)]
    pub open: bool,
    /// Largest request body in bytes (uploads for prediction).
    #[arg(long, env = "SEGMENTA_BODY_LIMIT", default_value_t = 50 * 1024 * 1024)]
    pub body_limit: usize,
    /// Most bytes of the files of one upload on the Data sets page.
    #[arg(long, env = "SEGMENTA_UPLOAD_LIMIT", default_value_t = 8 * 1024 * 1024 * 1024)]
    pub upload_limit: u64,
    /// Seconds after which a request is given up.
    #[arg(long, env = "SEGMENTA_REQUEST_TIMEOUT", default_value_t = 60)]
    pub request_timeout: u64,
    /// Form of the log: `text` or `json`.
    #[arg(long, env = "SEGMENTA_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// Where data and models are.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct Folders {
    /// Folder with one folder a data set.
    #[arg(long, env = "SEGMENTA_DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,
    /// Folder with saved models.
    #[arg(long, env = "SEGMENTA_MODELS_DIR", default_value = "models")]
    pub models_dir: PathBuf,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line.
    Json,
}

impl ServeConfig {
    /// Settings for tests: small limits, any free port.
    #[must_use]
    pub fn for_testing(folders: Folders) -> Self {
        Self {
            folders,
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            allowed_hosts: Vec::new(),
            open: false,
            body_limit: 256 * 1024,
            upload_limit: 4 * 1024 * 1024,
            request_timeout: 30,
            log_format: LogFormat::Text,
        }
    }

    /// Time after which a request is given up.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout)
    }
}
