using System.Diagnostics;
using System.IO.Pipes;
using System.Net.Sockets;
using Rel4.Hosted.Composition;
using Rel4.Ipc.Bench.Baselines;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Measures calls made in every way, and what they are compared with, in turn between the same two processes.</summary>
internal sealed class WaysClient : IDisposable
{
    /// <summary>How many calls a busy client has under way.</summary>
    public const int Many = 64;

    private readonly EndpointCap _server = TaskContext.Endpoint(Scenario.Calls);
    private readonly Pace _pace = BenchmarkTask.Pace;
    private readonly DoorbellCounter _doorbells = new();
    private readonly Socket _socket = UnixSocket.Connect(AsyncServer.Socket);
    private readonly byte[] _message = new byte[sizeof(ulong)];
    private readonly List<Way> _ways = [];

    /// <summary>A way and what is measured of it.</summary>
    private readonly record struct Way(string Name, int InFlight, Subject Subject, bool IsCounted);

    /// <summary>Runs where client and server have a core each.</summary>
    public static int RunOnTwoCores() => ReL4.Run(() => RunAsync(client => client.MeasureOnTwoCoresAsync()));

    /// <summary>Runs where both share a core.</summary>
    public static int RunOnOneCore() => ReL4.Run(() => RunAsync(client => client.MeasureOnOneCoreAsync()));

    /// <summary>Measures calls, one at a time, and a Unix socket, wherever both are.</summary>
    public static int RunOneAtATime() => ReL4.Run(() => RunAsync(client => client.MeasureOneAtATimeAsync()));

    /// <inheritdoc/>
    public void Dispose()
    {
        _doorbells.Dispose();
        _socket.Dispose();
    }

    private static async ValueTask<int> RunAsync(Func<WaysClient, ValueTask<IReadOnlyList<LatencyFigures>>> measureAsync)
    {
        BenchmarkTask.Pin();
        EndpointCap server = TaskContext.Endpoint(Scenario.Calls);
        await AsyncServer.StartedAsync(server);
        using var client = new WaysClient();
        IReadOnlyList<LatencyFigures> latencies = await measureAsync(client);
        using (await server.CallAsync(AsyncServer.Last))
        {
        }

        BenchmarkTask.Return(new WaysResult([.. client._ways.Select(RoundsOf)], latencies), FiguresContext.Default.WaysResult);
        return 0;
    }

    private static WayRounds RoundsOf(Way way) => new(
        way.Name,
        way.InFlight,
        way.Subject.NsPerCall,
        way.IsCounted ? way.Subject.BytesPerCall : null,
        way.IsCounted ? way.Subject.DoorbellsPerCall : null);

    private async ValueTask<IReadOnlyList<LatencyFigures>> MeasureOnTwoCoresAsync()
    {
        using var line = new CacheLine();
        using var channel = new BareChannel();
        using NamedPipeClientStream pipe = NamedPipe.Connect();
        AddTimed(Ways.CacheLine, 1, count => line.RoundTrip((int)count));
        // What is divided by what stands side by side, so that both meet the same disturbances.
        foreach (int inFlight in (int[])[1, Many])
        {
            AddTimed(Ways.BareChannel, inFlight, count => channel.Call(count, inFlight));
            AddCalls(Ways.Async, inFlight, label: 0);
            AddCalls(Ways.AwaitYield, inFlight, AsyncServer.AwaitYield);
            AddCalls(Ways.AwaitReply, inFlight, AsyncServer.AwaitReply);
        }

        Add(Ways.Pool, 1, new PoolLoad(_server, 1, _doorbells).RunAsync);
        AddUnixSocket();
        Add(Ways.Pool, Many, new PoolLoad(_server, Many, _doorbells).RunAsync);
        AddTimed(Ways.NamedPipe, 1, count => Time(() => NamedPipe.RoundTrip(pipe, _message, (int)count)));
        await MeasureAsync(Ways.TwoCores);
        return await MeasureLatenciesAsync(channel, pipe);
    }

    private async ValueTask<IReadOnlyList<LatencyFigures>> MeasureOnOneCoreAsync()
    {
        AddOneAtATime();
        AddCalls(Ways.Async, Many, label: 0);
        await MeasureAsync(Ways.OneCore);
        return [];
    }

    private async ValueTask<IReadOnlyList<LatencyFigures>> MeasureOneAtATimeAsync()
    {
        AddOneAtATime();
        await MeasureAsync("one at a time");
        return [];
    }

    private void AddOneAtATime()
    {
        AddCalls(Ways.Async, 1, label: 0);
        AddUnixSocket();
    }

    /// <summary>Measures how long calls take at half of the highest rate that the way has with the same load.</summary>
    private async ValueTask<IReadOnlyList<LatencyFigures>> MeasureLatenciesAsync(BareChannel channel, NamedPipeClientStream pipe)
    {
        var load = new PacedLoad(_server, Many);
        Schedule calls = HalfOf(1e9 / await LeastNsAsync(load));
        // At the same rate: what the machine itself does to two threads that only look.
        var bare = new Schedule(calls.CallsPerSecond, calls.Count);
        Schedule socket = HalfOf(1e9 / NsOf(Ways.UnixSocket, 1)), pipes = HalfOf(1e9 / NsOf(Ways.NamedPipe, 1));
        await RoundAsync();
        foreach (int round in _pace.CountRounds())
        {
            BenchmarkTask.Progress($"latencies: round {round} of {_pace.Rounds}");
            await RoundAsync();
            calls.End();
            bare.End();
            socket.End();
            pipes.End();
        }

        return [calls.Figures(Ways.Async), bare.Figures(Ways.BareChannel), socket.Figures(Ways.UnixSocket), pipes.Figures(Ways.NamedPipe)];

        async ValueTask RoundAsync()
        {
            await load.RunAsync(calls);
            channel.Begin(bare.Count);
            RoundTrips(bare, channel.Call);
            RoundTrips(socket, () => UnixSocket.RoundTrip(_socket, _message, count: 1));
            RoundTrips(pipes, () => NamedPipe.RoundTrip(pipe, _message, count: 1));
        }
    }

    /// <summary>Finds what a call of a load takes that never waits for a time. Looking at the clock and taking notes makes it dearer than others.</summary>
    private async ValueTask<double> LeastNsAsync(PacedLoad load)
    {
        // Few, so that most rounds end before the machine takes a core away: what is found then is the way's.
        const int Calls = 1000;
        var atOnce = new Schedule(Schedule.AtOnce, Calls);
        List<double> ns = [];
        foreach (int _ in _pace.CountRounds())
        {
            await load.RunAsync(atOnce);
            ns.Add(atOnce.Elapsed.TotalNanoseconds / Calls);
        }

        return Interleaved.Median(ns);
    }

    private Schedule HalfOf(double callsPerSecond)
    {
        // Long enough for a thousand round trips of a socket, or the last of a thousand would be the slowest of all.
        const int Windows = 25;
        return new Schedule(callsPerSecond / 2, 1 + (long)(Windows * _pace.Window.TotalSeconds * callsPerSecond / 2));
    }

    private double NsOf(string name, int inFlight) =>
        Interleaved.Median(_ways.Single(way => way.Name == name && way.InFlight == inFlight).Subject.NsPerCall);

    /// <summary>Makes a round's calls of a way that waits for one answer before the next call. Meanwhile the next ones may fall due.</summary>
    private static void RoundTrips(Schedule schedule, Action call)
    {
        schedule.Begin();
        while (!schedule.IsOver)
        {
            if (!schedule.TryTake(Stopwatch.GetTimestamp(), out long due))
                continue;
            call();
            schedule.Record(due, Stopwatch.GetTimestamp());
        }
    }

    private void AddUnixSocket() =>
        AddTimed(Ways.UnixSocket, 1, count => Time(() => UnixSocket.RoundTrip(_socket, _message, (int)count)));

    private void AddCalls(string way, int inFlight, ushort label) =>
        Add(way, inFlight, new CallLoad(_server, inFlight, label, _doorbells).RunAsync);

    private void Add(string way, int inFlight, Func<long, ValueTask<Measured>> measure) =>
        _ways.Add(new Way(way, inFlight, new Subject(inFlight, measure), IsCounted: true));

    private void AddTimed(string way, int inFlight, Func<long, TimeSpan> measure) => _ways.Add(new Way(
        way, inFlight, new Subject(inFlight, count => ValueTask.FromResult(Measured.Timed(measure(count), count))), IsCounted: false));

    private static TimeSpan Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start);
    }

    private async ValueTask MeasureAsync(string placement)
    {
        foreach (Way way in _ways)
        {
            BenchmarkTask.Progress($"{placement}: warming up, {way.Name}, {way.InFlight} at a time");
            await way.Subject.WarmUpAsync(_pace.WarmUp);
            await way.Subject.CalibrateAsync(_pace.Window);
        }

        foreach (int round in _pace.CountRounds())
        {
            BenchmarkTask.Progress($"{placement}: round {round} of {_pace.Rounds}");
            foreach (Way way in _ways)
                await way.Subject.MeasureAsync();
        }
    }
}
