using System.Collections.Concurrent;
using System.Net.Sockets;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Observation;

/// <summary>Looks at systems of this process from outside.</summary>
[Collection(nameof(OneKernel))]
public sealed class ObservationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Look_AtARunningSystem_ShowsItByItsName()
    {
        await using RunningSystem system = await StartAsync(new SupervisionOptions { Name = "observed" });

        SystemSnapshot? snapshot = await LookAsync();

        Assert.Equal("observed", snapshot?.Name);
        Assert.Equal("waiter", Assert.Single(snapshot!.Tasks).Name);
    }

    [Fact]
    public async Task Look_AtASystemThatIsNotObservable_FindsNone()
    {
        await using RunningSystem system = await StartAsync(new SupervisionOptions { IsObservable = false });

        Assert.Null(await LookAsync());
    }

    [Fact]
    public async Task Connection_ToAStoppedSystem_FindsNoSocket()
    {
        RunningSystem system = await StartAsync(new SupervisionOptions());
        (_, _, string path) = Assert.Single(ObservationFolder.Sockets(), socket => socket.ProcessId == Environment.ProcessId);

        await system.DisposeAsync();

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Connection_OfATask_GetsNothing()
    {
        await using var socket = new ObservationSocket(() => throw new InvalidOperationException("was looked at"), isTask: _ => true, _ => { });

        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task Peer_ThatDoesNotRead_DoesNotKeepOthersFromLooking()
    {
        // More than a socket's buffer holds.
        var large = new string('x', 8 << 20);
        await using var socket = new ObservationSocket(() => Snapshot(large), isTask: _ => false, _ => { });
        using Socket lazy = await ConnectAsync();

        Assert.True((await ReadAsync()).Length > large.Length);
    }

    [Fact]
    public async Task Look_ThatFails_IsReportedAndTheNextIsServed()
    {
        int looks = 0;
        var reported = new ConcurrentQueue<string>();
        await using var socket = new ObservationSocket(
            () => ++looks == 1 ? throw new InvalidOperationException("on purpose") : Snapshot("next"),
            isTask: _ => false,
            failure => reported.Enqueue(failure.Message));

        Assert.Empty(await ReadAsync());
        Assert.NotEmpty(await ReadAsync());
        Assert.Equal(["on purpose"], reported);
    }

    [Fact]
    public async Task Folder_OfAKilledSystem_IsClearedByTheNext()
    {
        string own = ObservationFolder.TakePath();
        ObservationFolder.ReturnPath(own);
        // No process has so high a number (proc(5), pid_max).
        string debris = Path.Combine(Path.GetDirectoryName(own)!, $"{int.MaxValue}.sock");
        await File.WriteAllTextAsync(debris, "", Cancellation);

        ObservationFolder.ReturnPath(ObservationFolder.TakePath());

        Assert.False(File.Exists(debris));
    }

    private static async Task<RunningSystem> StartAsync(SupervisionOptions options)
    {
        var builder = new SystemBuilder();
        NotificationDefinition never = builder.AddNotification("never");
        builder.AddTask("waiter", Programs.WaitForever).Grant("never", never, Abi.CapRights.Read);
        return await builder.StartAsync(options with { Output = new Recorder() }, Cancellation);
    }

    private static async Task<SystemSnapshot?> LookAsync()
    {
        IReadOnlyList<ObservedSystem> all = await ObservedSystem.FindAllAsync(Cancellation);
        return all.FirstOrDefault(system => system.ProcessId == Environment.ProcessId) is { } own ? await own.LookAsync(Cancellation) : null;
    }

    private static async Task<Socket> ConnectAsync()
    {
        (_, _, string path) = Assert.Single(ObservationFolder.Sockets(), socket => socket.ProcessId == Environment.ProcessId);
        var peer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await peer.ConnectAsync(new UnixDomainSocketEndPoint(path), Cancellation);
        return peer;
    }

    private static async Task<byte[]> ReadAsync()
    {
        using Socket peer = await ConnectAsync();
        await using var stream = new NetworkStream(peer);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, Cancellation);
        return all.ToArray();
    }

    private static SystemSnapshot Snapshot(string name) => new()
    {
        Name = name,
        ProcessId = 1,
        UptimeSeconds = 0,
        Placement = KernelPlacement.Together,
        Tasks = [],
        Objects = [],
        Holdings = [],
        Channels = [],
    };
}
