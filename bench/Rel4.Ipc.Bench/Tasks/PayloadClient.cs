using System.Diagnostics;
using System.Net.Sockets;
using Rel4.Hosted.Composition;
using Rel4.Ipc.Bench.Baselines;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Measures echoes of payloads of all sizes, by calls and by a Unix socket, and a plain copy of as much memory.</summary>
internal static class PayloadClient
{
    private const int LargestBytes = 64 << 20;

    /// <summary>How many bytes are on their way at once in calls, and how many calls at most.</summary>
    private const int BytesOnTheWay = 1 << 20, MostCalls = 16;

    private static readonly int[] s_sizes =
        [64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, LargestBytes];

    public static int Run() => ReL4.Run(RunAsync);

    private static async ValueTask<int> RunAsync()
    {
        BenchmarkTask.Pin();
        EndpointCap server = TaskContext.Endpoint(Scenario.Calls);
        await AsyncServer.StartedAsync(server);
        using Socket socket = UnixSocket.Connect(AsyncServer.StreamSocket);
        Pace pace = BenchmarkTask.Pace;
        Point[] points = [.. s_sizes.Select(size => new Point(size))];
        foreach (Point point in points)
        {
            BenchmarkTask.Progress($"payloads: warming up with {point.Bytes} bytes");
            await point.MeasureAsync(server, socket, TimeSpan.FromMilliseconds(1), isKept: false);
            await point.MeasureAsync(server, socket, pace.WarmUp / points.Length, isKept: false);
        }

        foreach (int round in pace.CountRounds())
        {
            BenchmarkTask.Progress($"payloads: round {round} of {pace.Rounds}");
            foreach (Point point in points)
                await point.MeasureAsync(server, socket, pace.Window, isKept: true);
        }

        using (await server.CallAsync(AsyncServer.Last))
        {
        }

        BenchmarkTask.Return(new PayloadResult([.. points.Select(point => point.Result)]), FiguresContext.Default.PayloadResult);
        return 0;
    }

    /// <summary>Is one size and what was measured of it.</summary>
    private sealed class Point(int bytes)
    {
        private readonly byte[] _payload = MakePayload(bytes);
        private readonly byte[] _answer = new byte[bytes];
        private readonly List<double> _calls = [], _socket = [], _copies = [];
        private int _left;

        /// <summary>Nanoseconds that one takes, as far as is known.</summary>
        private double _callNs, _socketNs, _copyNs;

        public int Bytes => bytes;

        public PayloadPoint Result => new(bytes, Rate(_calls), Rate(_socket), Rate(_copies));

        public async ValueTask MeasureAsync(EndpointCap server, Socket socket, TimeSpan window, bool isKept)
        {
            _callNs = await CallsAsync(server, CountFor(window, _callNs));
            _socketNs = EchoBySocket(socket, CountFor(window, _socketNs));
            _copyNs = Copy(CountFor(window, _copyNs));
            // The last answer is freed in the executor's next turn, which is not to be the next point's.
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
            if (!isKept)
                return;
            _calls.Add(_callNs);
            _socket.Add(_socketNs);
            _copies.Add(_copyNs);
        }

        private static byte[] MakePayload(int bytes)
        {
            byte[] payload = new byte[bytes];
            // Memory that was never written is one page of zeros in all places.
            new Random(bytes).NextBytes(payload);
            return payload;
        }

        private static int CountFor(TimeSpan window, double oneNs) =>
            oneNs == 0 ? 1 : (int)Math.Clamp(window.TotalNanoseconds / oneNs, 1, 10_000_000);

        private Spread Rate(List<double> samples) => Spread.Of(samples.Select(ns => bytes / ns * 1e9));

        private async ValueTask<double> CallsAsync(EndpointCap server, int count)
        {
            Executor executor = Executor.Current!;
            _left = count;
            var coroutines = new CoroutineId[Math.Clamp(BytesOnTheWay / bytes, 2, MostCalls)];
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < coroutines.Length; i++)
                coroutines[i] = executor.Spawn(() => CallAsync(server));
            foreach (CoroutineId coroutine in coroutines)
                await executor.Join(coroutine);
            return Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
        }

        private async ValueTask CallAsync(EndpointCap server)
        {
            while (_left-- > 0)
            {
                using IpcResponse answer = await server.CallAsync(AsyncServer.Echo, _payload);
                if (answer.Length != bytes || answer.Payload[^1] != _payload[^1])
                    throw new InvalidDataException($"{bytes} bytes came back as {answer.Length}, or changed.");
            }
        }

        /// <summary>Sends on a thread of its own without waiting for answers, as fast as the socket takes it.</summary>
        private double EchoBySocket(Socket socket, int count)
        {
            long start = Stopwatch.GetTimestamp();
            socket.Send((byte[])[.. BitConverter.GetBytes(bytes), .. BitConverter.GetBytes(count)]);
            var sender = new Thread(() =>
            {
                for (int i = 0; i < count; i++)
                    socket.Send(_payload);
            });
            sender.Start();
            for (int i = 0; i < count; i++)
                UnixSocket.ReceiveAll(socket, _answer);
            sender.Join();
            return Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
        }

        private double Copy(int count)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < count; i++)
                _payload.AsSpan().CopyTo(_answer);
            return Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
        }
    }
}
