//! Temporal's own core behind the C functions of `src/adapter/temporal_core.h`, which says what each does. Nothing here decides anything:
//! messages pass as bytes, a panic becomes a code, and blocking calls wait on one run-time.

mod calls;

use prost::Message;
use std::{
    ffi::{c_char, c_int, CStr},
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{Arc, OnceLock},
    time::Duration,
};
use temporalio_client::{ClientTlsOptions, Connection, ConnectionOptions, GrpcCompression, TlsOptions};
use temporalio_common::worker::WorkerTaskTypes;
use temporalio_protos::coresdk::{
    workflow_completion::WorkflowActivationCompletion, ActivityHeartbeat, ActivityTaskCompletion,
};
use temporalio_sdk_core::{
    init_worker, CoreRuntime, PollError, RuntimeOptions, TokioRuntimeBuilder, Worker, WorkerConfig, WorkerVersioningStrategy,
};
use tokio_util::task::TaskTracker;

const OK: c_int = 0;
const UNAVAILABLE: c_int = 14;
const ENDED: c_int = 100;
const INVALID: c_int = 101;
const PANIC: c_int = 102;
const ERROR_SIZE: usize = 512;
/// What is not sent by then the server asks another worker for.
const ENDING: Duration = Duration::from_secs(5);

/// How long a new worker waits for what the server says of its namespace.
const ASKING: Duration = Duration::from_secs(10);

/// A code and its sentence.
struct Fault(c_int, String);
type Done = Result<c_int, Fault>;

#[repr(C)]
pub struct DftError {
    text: [c_char; ERROR_SIZE],
}
#[repr(C)]
pub struct DftBytes {
    data: *mut u8,
    size: usize,
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DftView {
    data: *const u8,
    size: usize,
}
#[repr(C)]
pub struct DftAddress {
    target: *const c_char,
    identity: *const c_char,
    version: *const c_char,
    api_key: DftView,
    ca: DftView,
    certificate: DftView,
    key: DftView,
    server_name: *const c_char,
    timeout: u32,
}
#[repr(C)]
pub struct DftWorkerOptions {
    namespace: *const c_char,
    task_queue: *const c_char,
    build_id: *const c_char,
    cached_runs: u32,
    workflow_tasks: u32,
    activities: u32,
    local_activities: u32,
    sticky_timeout: u32,
    grace: u32,
}

pub struct DftConnection {
    inner: Connection,
}
pub struct DftWorker {
    inner: Arc<Worker>,
    sending: TaskTracker,
}

type Say = extern "C" fn(*const c_char);
struct Runtime {
    core: CoreRuntime,
    say: Say,
}
static RUNTIME: OnceLock<Runtime> = OnceLock::new();

fn runtime() -> Result<&'static Runtime, Fault> {
    RUNTIME.get().ok_or_else(|| Fault(INVALID, "dft_start was not called".into()))
}

fn say(line: &str) {
    if let Some(runtime) = RUNTIME.get() {
        let line: Vec<u8> = line.bytes().filter(|byte| *byte != 0).chain([0]).collect();
        (runtime.say)(line.as_ptr().cast());
    }
}

fn panic_text(panic: Box<dyn std::any::Any + Send>) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| text.to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("Temporal's core panicked: {}", text.unwrap_or_else(|| "no text".into()))
}

/// The longest beginning of the text that fits, whole characters only.
fn write_error(error: *mut DftError, text: &str) {
    if error.is_null() {
        return;
    }
    let mut end = text.len().min(ERROR_SIZE - 1);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    // SAFETY: the caller's struct, as the header says.
    unsafe {
        let to = (*error).text.as_mut_ptr().cast::<u8>();
        std::ptr::copy_nonoverlapping(text.as_ptr(), to, end);
        *to.add(end) = 0;
    }
}

fn guarded(error: *mut DftError, work: impl FnOnce() -> Done) -> c_int {
    let fault = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(code)) => return code,
        Ok(Err(fault)) => fault,
        Err(panic) => Fault(PANIC, panic_text(panic)),
    };
    write_error(error, &fault.1);
    fault.0
}

/// The sentences of an error and of what caused it, without repeating one that holds the next.
pub(crate) fn sentences(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = next.source();
    }
    text
}

fn text(from: *const c_char) -> Option<String> {
    if from.is_null() {
        return None;
    }
    // SAFETY: a string of the caller, as the header says.
    Some(unsafe { CStr::from_ptr(from) }.to_string_lossy().into_owned())
}

fn view<'a>(from: DftView) -> Option<&'a [u8]> {
    if from.data.is_null() {
        return None;
    }
    // SAFETY: the caller's bytes, as the header says.
    Some(unsafe { std::slice::from_raw_parts(from.data, from.size) })
}

fn decode<M: Message + Default>(from: DftView) -> Result<M, Fault> {
    M::decode(view(from).unwrap_or(&[])).map_err(|error| Fault(INVALID, error.to_string()))
}

fn give(to: *mut DftBytes, bytes: Vec<u8>) -> Done {
    let bytes = bytes.into_boxed_slice();
    let size = bytes.len();
    // SAFETY: the caller's place for it, as the header says.
    unsafe { *to = DftBytes { data: Box::into_raw(bytes).cast(), size } };
    Ok(OK)
}

/// SAFETY of both: a handle this library gave, not freed yet.
fn connection<'a>(from: *const DftConnection) -> &'a DftConnection {
    unsafe { &*from }
}
fn worker<'a>(from: *const DftWorker) -> &'a DftWorker {
    unsafe { &*from }
}

#[no_mangle]
pub extern "C" fn dft_abi() -> u32 {
    1
}

#[no_mangle]
pub extern "C" fn dft_version() -> *const c_char {
    c"temporalio-sdk-core 0.10.1, temporalio-client 1.1.1".as_ptr()
}

#[no_mangle]
pub extern "C" fn dft_start(threads: u32, told: Say, error: *mut DftError) -> c_int {
    guarded(error, || {
        if RUNTIME.get().is_some() {
            return Ok(OK);
        }
        let mut builder = TokioRuntimeBuilder::default();
        builder.inner.worker_threads(threads.max(1) as usize).thread_name("temporal");
        let options = RuntimeOptions::builder().heartbeat_interval(None).build().map_err(|error| Fault(INVALID, error))?;
        let core = CoreRuntime::new(options, builder).map_err(|error| Fault(INVALID, error.to_string()))?;
        let _ = RUNTIME.set(Runtime { core, say: told });
        std::panic::set_hook(Box::new(|panic| say(&panic.to_string())));
        Ok(OK)
    })
}

#[no_mangle]
pub extern "C" fn dft_free(bytes: DftBytes) {
    if !bytes.data.is_null() {
        // SAFETY: made by give.
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(bytes.data, bytes.size)) });
    }
}

fn tls(address: &DftAddress) -> Option<TlsOptions> {
    let client = match (view(address.certificate), view(address.key)) {
        (Some(certificate), Some(key)) => {
            Some(ClientTlsOptions::builder().client_cert(certificate.to_vec()).client_private_key(key.to_vec()).build())
        }
        _ => None,
    };
    Some(
        TlsOptions::builder()
            .maybe_server_root_ca_cert(view(address.ca).map(<[u8]>::to_vec))
            .maybe_domain(text(address.server_name))
            .maybe_client_tls_options(client)
            .build(),
    )
}

fn connection_options(address: &DftAddress) -> Result<ConnectionOptions, Fault> {
    let target = text(address.target).unwrap_or_default();
    let url = temporalio_client::Url::parse(&target).map_err(|error| Fault(INVALID, error.to_string()))?;
    let secure = url.scheme() == "https";
    let key = view(address.api_key).map(|key| String::from_utf8_lossy(key).into_owned());
    Ok(ConnectionOptions::new(url)
        .identity(text(address.identity).unwrap_or_default())
        .client_name("devflow")
        .client_version(text(address.version).unwrap_or_default())
        .maybe_tls_options(if secure { tls(address) } else { None })
        .maybe_api_key(key)
        .connect_timeout(Duration::from_millis(address.timeout.into()))
        .grpc_compression(GrpcCompression::None)
        .dns_load_balancing(None)
        .build())
}

#[no_mangle]
pub extern "C" fn dft_connect(address: *const DftAddress, ret: *mut *mut DftConnection, error: *mut DftError) -> c_int {
    guarded(error, || {
        // SAFETY: the caller's struct, as the header says.
        let address = unsafe { &*address };
        let options = connection_options(address)?;
        let limit = Duration::from_millis(address.timeout.into()) * 2;
        let connecting = async { tokio::time::timeout(limit, Connection::connect(options)).await };
        let connected = runtime()?.core.tokio_handle().block_on(connecting);
        let inner = match connected {
            Err(_) => return Err(Fault(UNAVAILABLE, "no answer in time".into())),
            Ok(Err(temporalio_client::errors::ClientConnectError::SystemInfoCallError(status))) => {
                return Err(calls::fault(&status))
            }
            Ok(Err(error)) => return Err(Fault(UNAVAILABLE, sentences(&error))),
            Ok(Ok(inner)) => inner,
        };
        // SAFETY: the caller's place for it, as the header says.
        unsafe { *ret = Box::into_raw(Box::new(DftConnection { inner })) };
        Ok(OK)
    })
}

#[no_mangle]
pub extern "C" fn dft_disconnect(from: *mut DftConnection) {
    guarded(std::ptr::null_mut(), || {
        if !from.is_null() {
            let _context = runtime()?.core.tokio_handle().enter();
            // SAFETY: made by dft_connect.
            drop(unsafe { Box::from_raw(from) });
        }
        Ok(OK)
    });
}

#[no_mangle]
pub extern "C" fn dft_call(
    from: *mut DftConnection,
    method: *const c_char,
    request: DftView,
    timeout: u32,
    ret: *mut DftBytes,
    error: *mut DftError,
) -> c_int {
    guarded(error, || {
        let method = text(method).unwrap_or_default();
        let timeout = Duration::from_millis(timeout.into());
        let request = view(request).unwrap_or(&[]);
        let call = calls::call(&connection(from).inner, &method, request, timeout);
        let limited = async { tokio::time::timeout(timeout, call).await };
        match runtime()?.core.tokio_handle().block_on(limited) {
            Ok(done) => give(ret, done?),
            Err(_) => Err(Fault(4, format!("{method}: no answer in time"))),
        }
    })
}

fn worker_config(options: &DftWorkerOptions) -> Result<WorkerConfig, Fault> {
    WorkerConfig::builder()
        .namespace(text(options.namespace).unwrap_or_default())
        .task_queue(text(options.task_queue).unwrap_or_default())
        .task_types(WorkerTaskTypes {
            enable_workflows: true,
            enable_local_activities: true,
            enable_remote_activities: true,
            enable_nexus: false,
        })
        .versioning_strategy(WorkerVersioningStrategy::None { build_id: text(options.build_id).unwrap_or_default() })
        .max_cached_workflows(options.cached_runs as usize)
        .max_outstanding_workflow_tasks(options.workflow_tasks as usize)
        .max_outstanding_activities(options.activities as usize)
        .max_outstanding_local_activities(options.local_activities as usize)
        .sticky_queue_schedule_to_start_timeout(Duration::from_millis(options.sticky_timeout.into()))
        .graceful_shutdown_period(Duration::from_millis(options.grace.into()))
        .build()
        .map_err(|error| Fault(INVALID, error))
}

#[no_mangle]
pub extern "C" fn dft_worker_new(
    from: *mut DftConnection,
    options: *const DftWorkerOptions,
    ret: *mut *mut DftWorker,
    error: *mut DftError,
) -> c_int {
    guarded(error, || {
        let runtime = runtime()?;
        let _context = runtime.core.tokio_handle().enter();
        // SAFETY: the caller's struct, as the header says.
        let config = worker_config(unsafe { &*options })?;
        let made = init_worker(&runtime.core, config, connection(from).inner.clone());
        let made = made.map_err(|error| Fault(INVALID, format!("{error:#}")))?;
        let validated = runtime.core.tokio_handle().block_on(async { tokio::time::timeout(ASKING, made.validate()).await });
        if !matches!(validated, Ok(Ok(_))) {
            let ending = async { tokio::time::timeout(ENDING, made.finalize_shutdown()).await };
            let _ = runtime.core.tokio_handle().block_on(ending);
            return Err(match validated {
                Ok(Err(temporalio_sdk_core::WorkerValidationError::NamespaceDescribeError { source, .. })) => calls::fault(&source),
                _ => Fault(UNAVAILABLE, "no answer in time".into()),
            });
        }
        let made = DftWorker { inner: Arc::new(made), sending: TaskTracker::new() };
        // SAFETY: the caller's place for it, as the header says.
        unsafe { *ret = Box::into_raw(Box::new(made)) };
        Ok(OK)
    })
}

fn polled<M: Message>(got: Result<M, PollError>, ret: *mut DftBytes) -> Done {
    match got {
        Ok(message) => give(ret, message.encode_to_vec()),
        Err(PollError::ShutDown) => Ok(ENDED),
        Err(PollError::TonicError(status)) => Err(calls::fault(&status)),
    }
}

#[no_mangle]
pub extern "C" fn dft_poll_workflow(from: *mut DftWorker, ret: *mut DftBytes, error: *mut DftError) -> c_int {
    guarded(error, || {
        let wait = worker(from).inner.poll_workflow_activation();
        polled(runtime()?.core.tokio_handle().block_on(wait), ret)
    })
}

#[no_mangle]
pub extern "C" fn dft_poll_activity(from: *mut DftWorker, ret: *mut DftBytes, error: *mut DftError) -> c_int {
    guarded(error, || {
        let wait = worker(from).inner.poll_activity_task();
        polled(runtime()?.core.tokio_handle().block_on(wait), ret)
    })
}

#[no_mangle]
pub extern "C" fn dft_complete_workflow(from: *mut DftWorker, completion: DftView, error: *mut DftError) -> c_int {
    guarded(error, || {
        let message: WorkflowActivationCompletion = decode(completion)?;
        let inner = worker(from).inner.clone();
        let send = async move {
            if let Err(error) = inner.complete_workflow_activation(message).await {
                say(&format!("a workflow's answer was refused: {}", sentences(&error)));
            }
        };
        worker(from).sending.spawn_on(send, &runtime()?.core.tokio_handle());
        Ok(OK)
    })
}

#[no_mangle]
pub extern "C" fn dft_complete_activity(from: *mut DftWorker, completion: DftView, error: *mut DftError) -> c_int {
    guarded(error, || {
        let message: ActivityTaskCompletion = decode(completion)?;
        let inner = worker(from).inner.clone();
        let send = async move {
            if let Err(error) = inner.complete_activity_task(message).await {
                say(&format!("an activity's answer was refused: {}", sentences(&error)));
            }
        };
        worker(from).sending.spawn_on(send, &runtime()?.core.tokio_handle());
        Ok(OK)
    })
}

#[no_mangle]
pub extern "C" fn dft_heartbeat(from: *mut DftWorker, heartbeat: DftView, error: *mut DftError) -> c_int {
    guarded(error, || {
        let message: ActivityHeartbeat = decode(heartbeat)?;
        let _context = runtime()?.core.tokio_handle().enter();
        worker(from).inner.record_activity_heartbeat(message);
        Ok(OK)
    })
}

#[no_mangle]
pub extern "C" fn dft_forget(from: *mut DftWorker, run_id: *const c_char, error: *mut DftError) -> c_int {
    guarded(error, || {
        let _context = runtime()?.core.tokio_handle().enter();
        worker(from).inner.request_workflow_eviction(&text(run_id).unwrap_or_default());
        Ok(OK)
    })
}

#[no_mangle]
pub extern "C" fn dft_worker_stop(from: *mut DftWorker) {
    guarded(std::ptr::null_mut(), || {
        let _context = runtime()?.core.tokio_handle().enter();
        worker(from).inner.initiate_shutdown();
        Ok(OK)
    });
}

#[no_mangle]
pub extern "C" fn dft_worker_free(from: *mut DftWorker) {
    guarded(std::ptr::null_mut(), || {
        if from.is_null() {
            return Ok(OK);
        }
        // SAFETY: made by dft_worker_new.
        let freed = *unsafe { Box::from_raw(from) };
        let ending = async move {
            freed.sending.close();
            freed.sending.wait().await;
            match Arc::try_unwrap(freed.inner) {
                Ok(inner) => inner.finalize_shutdown().await,
                Err(shared) => shared.shutdown().await,
            }
        };
        let limited = async move { tokio::time::timeout(ENDING, ending).await };
        if runtime()?.core.tokio_handle().block_on(limited).is_err() {
            say("the server was not told that a worker ends: it does not answer");
        }
        Ok(OK)
    });
}
