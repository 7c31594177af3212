using System.Net.Sockets;
using Rel4.Hosted.Linux;
using Rel4.Ipc.Bench;
using Rel4.Ipc.Bench.Baselines;
using Rel4.Ipc.Bench.Tasks;

namespace Rel4.Cli.Tests;

/// <summary>
/// Can the client of a benchmark, which as root has a user of its own, connect from the moment on in which a socket is there, and does its result
/// arrive?
/// </summary>
public sealed class BenchTaskTests : IDisposable
{
    // What a socket has by bind(2), less the mask, while nobody changes it.
    private const UnixFileMode All = (UnixFileMode)0b111_111_111;

    private readonly string _folder = Directory.CreateTempSubdirectory("rel4-bench-sockets-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Sockets_OfServers_AreBornOpenToAll()
    {
        Environment.SetEnvironmentVariable(BenchmarkTask.FolderVariable, _folder);
        nint mask = SystemCall.Invoke(SystemCallNumber.umask);
        BenchmarkTask.OpenSocketsToAll();

        UnixSocket.Serve("socket", UnixSocket.Echo);
        NamedPipe.Serve();
        Http2.Serve();

        SystemCall.Invoke(SystemCallNumber.umask, mask);
        string[] sockets = Directory.GetFiles(_folder);
        Assert.Equal(3, sockets.Length);
        Assert.All(sockets, socket => Assert.Equal(All, File.GetUnixFileMode(socket)));
        using Socket client = UnixSocket.Connect("socket");
    }

    [Fact]
    public void Result_LongerThanALineOfOutput_ArrivesWhole()
    {
        Environment.SetEnvironmentVariable(BenchmarkTask.FolderVariable, _folder);
        double[] rounds = [.. Enumerable.Range(1, 101).Select(round => 1e5 / round)];

        BenchmarkTask.Return(
            new WaysResult([.. Enumerable.Range(0, 30).Select(way => new WayRounds($"way {way}", 1, rounds))], []), FiguresContext.Default.WaysResult);

        WaysResult read = Scenario.ReadResult(_folder, FiguresContext.Default.WaysResult)!;
        Assert.Equal(30, read.Ways.Count);
        Assert.All(read.Ways, way => Assert.Equal(rounds, way.NsPerCall));
    }
}
