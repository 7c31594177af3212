namespace Rel4.Ipc.Bench;

/// <summary>Holds what <c>rel4 bench ipc</c> found, as its JSON file does. Times are medians.</summary>
/// <param name="Machine">Where.</param>
/// <param name="CacheLineRoundTripNs">A cache line between two cores and back; null on a machine with one.</param>
/// <param name="Sync">Synchronous calls, through the kernel.</param>
/// <param name="Async">Asynchronous calls: every combination of concurrency, cores and work.</param>
/// <param name="ParkedRoundTripNs">An asynchronous call between two tasks that both sleep before it.</param>
/// <param name="Baselines">What else Linux and .NET have.</param>
/// <param name="Budgets">What was wanted.</param>
public sealed record IpcFigures(
    MachineDescription Machine,
    double? CacheLineRoundTripNs,
    SyncFigures Sync,
    IReadOnlyList<AsyncPoint> Async,
    double ParkedRoundTripNs,
    IpcBaselines Baselines,
    IReadOnlyList<Budget> Budgets)
{
    /// <summary>Gets the figures of one combination.</summary>
    public AsyncPoint At(int concurrency, int cores, int serverWorkUs = 0) => Async.Single(
        point => point.Concurrency == concurrency && point.Cores == cores && point.ServerWorkUs == serverWorkUs);
}

/// <summary>Holds figures of synchronous calls of four words.</summary>
/// <param name="CallRoundTripNs"><c>SeL4.Call</c> to a server in <c>SeL4.ReplyRecv</c>.</param>
/// <param name="BytesPerCall">What the caller allocates.</param>
public sealed record SyncFigures(double CallRoundTripNs, double BytesPerCall);

/// <summary>Holds figures of asynchronous calls.</summary>
/// <param name="Concurrency">How many coroutines call, each one call after another.</param>
/// <param name="Cores">How many cores client and server share.</param>
/// <param name="ServerWorkUs">How long the server computes for a call.</param>
/// <param name="NsPerCall">Time by number of calls.</param>
/// <param name="DoorbellsPerCall">U-notifications that either side sent.</param>
/// <param name="BytesPerCall">What either side allocates.</param>
public sealed record AsyncPoint(
    int Concurrency, int Cores, int ServerWorkUs, double NsPerCall, double DoorbellsPerCall, double BytesPerCall);

/// <summary>Holds figures of 32 bytes to and from another process by other means.</summary>
/// <param name="UnixSocketRoundTripNs">Blocking sockets.</param>
/// <param name="UnixSocketPipelinedNsPerCall">The same with 64 messages in each send.</param>
/// <param name="NamedPipeRoundTripNs">.NET's named pipes.</param>
/// <param name="Http2RoundTripNs">Kestrel and HttpClient over a Unix socket.</param>
/// <param name="UnixSocketParkedRoundTripNs">Blocking sockets between two tasks that both sleep before it.</param>
public sealed record IpcBaselines(
    double UnixSocketRoundTripNs,
    double UnixSocketPipelinedNsPerCall,
    double NamedPipeRoundTripNs,
    double Http2RoundTripNs,
    double UnixSocketParkedRoundTripNs = 0);
