//! Every documented number of the guest-side APIs and of the service around them, with its unit in the type.
//!
//! Sizes are in bytes as `usize`, times are [`Duration`], counts are plain integers. Nothing is enforced
//! here; `lambda-runtime` and `mock-server` do that. Sources:
//! [quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html) unless a constant says
//! otherwise; "RIE" is AWS's open-source runtime interface emulator.

use std::time::Duration;

pub mod event_sources;

const MIB: usize = 1024 * 1024;

/// Largest payload of a synchronous invocation.
pub const SYNC_PAYLOAD_BYTES: usize = 6 * MIB;
/// Largest payload of an asynchronous invocation.
pub const ASYNC_PAYLOAD_BYTES: usize = MIB;
/// How often an asynchronous invocation that failed is tried again, at most.
pub const ASYNC_RETRIES_MAX: u32 = 2;
/// Shortest time after which an event that waits for an asynchronous invocation may be given up.
pub const ASYNC_EVENT_AGE_MIN: Duration = Duration::from_secs(60);
/// Longest time that an event waits for an asynchronous invocation.
pub const ASYNC_EVENT_AGE_MAX: Duration = Duration::from_secs(21_600);
/// How much of an error message a dead letter has.
/// [Dead-letter queues](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq).
pub const DEAD_LETTER_ERROR_MESSAGE_BYTES: usize = 1024;
/// Largest body of a buffered response: 6 MiB and 100 bytes more (RIE; the text of the service's 413).
pub const RESPONSE_BYTES: usize = 6 * MIB + 100;
/// Largest streamed response.
/// [Response streaming](https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).
pub const STREAMED_RESPONSE_BYTES: usize = 200 * MIB;
/// How much of a streamed response flows at full speed before the bandwidth is limited.
/// [Response streaming](https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).
pub const STREAM_BURST_BYTES: usize = 6 * MIB;
/// Bandwidth of a streamed response after the burst, per second.
/// [Response streaming](https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).
pub const STREAM_BYTES_PER_SECOND: usize = 2 * MIB;
/// Largest body of an error, init/error, extension or telemetry call under multi-concurrency (RIE).
pub const CONCURRENT_ERROR_BYTES: usize = MIB;
/// Largest request line with all headers.
pub const HEADER_BYTES: usize = MIB;
/// Largest client context, in base64.
/// [Invoke](https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
pub const CLIENT_CONTEXT_BYTES: usize = 3_583;
/// Largest X-Ray error cause; more is cropped (RIE).
pub const XRAY_CAUSE_BYTES: usize = 64 * 1024;
/// Largest trailers of a streamed response, names included: Go's HTTP server, on which AWS's core is built, refuses more
/// ("suspiciously long trailer after chunked body").
pub const TRAILER_BYTES: usize = 4 * 1024;
/// Longest name of a runtime and its features that is recorded (RIE).
pub const RUNTIME_RELEASE_BYTES: usize = 128;
/// Length of the log tail that an invocation can return.
/// [Invoke](https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
pub const LOG_TAIL_BYTES: usize = 4 * 1024;

/// Shortest time-out of a function.
pub const TIMEOUT_MIN: Duration = Duration::from_secs(1);
/// Time-out of a function for which none is set.
/// [Time-out](https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html).
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(3);
/// Longest time-out of a function.
pub const TIMEOUT_MAX: Duration = Duration::from_secs(900);
/// Longest time-out of a function on Lambda Managed Instances, for asynchronous and event source invocations.
pub const MANAGED_INSTANCES_TIMEOUT_MAX: Duration = Duration::from_secs(5_400);
/// Longest init phase of an on-demand environment.
/// [Execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
pub const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// Least init time with provisioned concurrency, SnapStart or Managed Instances; the function's time-out if longer.
/// [Execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
pub const PROVISIONED_INIT_TIMEOUT: Duration = Duration::from_secs(130);
/// Longest restore phase, after-restore hooks included.
/// [SnapStart hooks](https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html).
pub const RESTORE_TIMEOUT: Duration = Duration::from_secs(10);
/// Shutdown phase without any extension.
/// [Execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
pub const SHUTDOWN_WITHOUT_EXTENSIONS: Duration = Duration::ZERO;
/// Shutdown phase with internal extensions only.
/// [Execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
pub const SHUTDOWN_WITH_INTERNAL_EXTENSIONS: Duration = Duration::from_millis(500);
/// Shutdown phase with an external extension.
/// [Execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
pub const SHUTDOWN_WITH_EXTERNAL_EXTENSIONS: Duration = Duration::from_millis(2_000);
/// The runtime's share of the shutdown phase, in percent (RIE).
pub const SHUTDOWN_RUNTIME_PERCENT: u32 = 30;
/// How long a killed process is waited for (RIE).
pub const EXIT_WAIT: Duration = Duration::from_secs(2);

/// Least memory of a function, in MB.
pub const MEMORY_MIN_MB: u32 = 128;
/// Memory of a function for which none is set, in MB.
pub const MEMORY_DEFAULT_MB: u32 = 128;
/// Most memory of a function, in MB.
pub const MEMORY_MAX_MB: u32 = 10_240;
/// Most memory of a function on Lambda Managed Instances, in MB.
pub const MANAGED_INSTANCES_MEMORY_MAX_MB: u32 = 32_768;
/// Least `/tmp`, in MB.
pub const EPHEMERAL_STORAGE_MIN_MB: u32 = 512;
/// Largest `/tmp`, in MB.
pub const EPHEMERAL_STORAGE_MAX_MB: u32 = 10_240;
/// Size of all environment variables of a function.
pub const ENVIRONMENT_BYTES: usize = 4 * 1024;
/// Layers of a function.
pub const LAYERS: usize = 5;
/// Size of a function and its layers, unzipped.
pub const UNZIPPED_BYTES: usize = 262_144_000;
/// Size of a zip that is uploaded to Lambda itself; a larger one goes by way of a bucket.
/// [AccountLimit](https://docs.aws.amazon.com/lambda/latest/api/API_AccountLimit.html).
pub const ZIPPED_BYTES: usize = 52_428_800;
/// Processes and threads of an environment.
pub const PROCESSES: usize = 1_024;
/// File descriptors of an environment.
pub const FILE_DESCRIPTORS: usize = 1_024;
/// File descriptors of an environment on Lambda Managed Instances.
pub const MANAGED_INSTANCES_FILE_DESCRIPTORS: usize = 4_096;

/// Extensions of a function, external and internal together.
/// [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
pub const EXTENSIONS: usize = 10;

/// Bounds and default of `buffering.maxItems`. [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).
pub const TELEMETRY_MAX_ITEMS: Range<u32> = Range { min: 1_000, default: 10_000, max: 10_000 };
/// Bounds and default of `buffering.maxBytes`. [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).
pub const TELEMETRY_MAX_BYTES: Range<u32> = Range { min: 262_144, default: 262_144, max: 1_048_576 };
/// Bounds and default of `buffering.timeoutMs`. [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).
pub const TELEMETRY_TIMEOUT: Range<Duration> = Range {
    min: Duration::from_millis(25),
    default: Duration::from_millis(1_000),
    max: Duration::from_millis(30_000),
};
/// What stands around the record of an event, at most: its braces, time, type and comma.
/// [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).
pub const TELEMETRY_EVENT_BYTES: usize = 96;
/// Largest batch of events, with the greatest buffering: twice its bytes, and what stands around each record.
/// [Telemetry API](https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html).
pub const TELEMETRY_BATCH_BYTES: usize =
    2 * TELEMETRY_MAX_BYTES.max as usize + TELEMETRY_MAX_ITEMS.max as usize * TELEMETRY_EVENT_BYTES;
/// How long the metadata of an environment may be kept, except ahead of a snapshot.
/// [Metadata endpoint](https://docs.aws.amazon.com/lambda/latest/dg/configuration-metadata-endpoint.html).
pub const METADATA_MAX_AGE: Duration = Duration::from_secs(43_200);

/// Most invocations in flight in one environment under multi-concurrency.
/// [Managed Instances](https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html).
pub const CONCURRENCY_PER_ENVIRONMENT: usize = 1_600;
/// Environments and invocations in flight of an account in a Region, unless raised.
pub const ACCOUNT_CONCURRENCY: usize = 1_000;
/// What reserved concurrency must leave of the account's.
/// [Reserved concurrency](https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html).
pub const UNRESERVED_CONCURRENCY_MIN: usize = 100;
/// New environments of a function in each [`SCALING_PERIOD`].
/// [Scaling](https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html).
pub const SCALING_ENVIRONMENTS: usize = 1_000;
/// The period over which scaling is counted.
/// [Scaling](https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html).
pub const SCALING_PERIOD: Duration = Duration::from_secs(10);

/// Invocations in flight in one environment for each CPU under multi-concurrency, unless a function says how many.
/// [Rust on Managed Instances](https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-rust.html).
pub const CONCURRENCY_PER_CPU_DEFAULT: u32 = 8;

/// Longest name of a function.
/// [CreateFunction](https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html).
pub const FUNCTION_NAME_BYTES: usize = 64;
/// Longest name of an alias.
/// [CreateAlias](https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html).
pub const ALIAS_NAME_BYTES: usize = 128;
/// Bounds and default of how long an event may wait for its function, with all tries.
/// [Asynchronous invocation](https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html).
pub const EVENT_AGE: Range<Duration> = Range {
    min: Duration::from_secs(60),
    default: Duration::from_secs(21_600),
    max: Duration::from_secs(21_600),
};
/// Bounds and default of how often an event is tried again after the function has failed.
/// [Asynchronous invocation](https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html).
pub const EVENT_RETRIES: Range<u32> = Range { min: 0, default: 2, max: 2 };
/// Longest time for which a browser may keep what a function URL says about cross-origin requests.
/// [Cors](https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html).
pub const CORS_MAX_AGE: Duration = Duration::from_secs(86_400);

/// The least, the usual and the greatest value of a setting; both ends are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<T> {
    /// Least allowed value.
    pub min: T,
    /// Value if none is given.
    pub default: T,
    /// Greatest allowed value.
    pub max: T,
}
