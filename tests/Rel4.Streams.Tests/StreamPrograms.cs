using System.Diagnostics;
using System.IO.Pipelines;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Streams.Tests;

/// <summary>Is what clients of <see cref="StreamServer"/> do.</summary>
internal static class StreamPrograms
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>Has bytes come back, by several connections at a time, in parts of all sizes.</summary>
    public static void EchoMuch() => Run(async () =>
    {
        bool[] same = await Task.WhenAll(Enumerable.Range(0, 3).Select(async number =>
        {
            StreamConnection connection = await BeginAsync(StreamServer.Echo);
            var random = new Random(number);
            byte[] sent = new byte[8 << 20];
            random.NextBytes(sent);
            Task<byte[]> reading = ReadAllAsync(connection.Input);
            for (int done = 0, length; done < sent.Length; done += length)
            {
                length = Math.Min(random.Next(1, 100_000), sent.Length - done);
                await connection.Output.WriteAsync(sent.AsMemory(done, length));
            }

            await connection.Output.CompleteAsync();
            byte[] received = await reading;
            await connection.DisposeAsync();
            return received.AsSpan().SequenceEqual(sent);
        }));
        Console.WriteLine(string.Join(' ', same));
    });

    /// <summary>Uses a connection as a stream.</summary>
    public static void UseStream() => Run(async () =>
    {
        StreamConnection connection = await BeginAsync(StreamServer.Echo);
        await using Stream stream = connection.AsStream();
        await stream.WriteAsync("bytes"u8.ToArray());
        byte[] answer = new byte[5];
        await stream.ReadExactlyAsync(answer);
        stream.Write(answer);
        stream.ReadExactly(answer);
        Console.WriteLine(System.Text.Encoding.UTF8.GetString(answer));
    });

    /// <summary>Reads to the end of what the server did with the connection.</summary>
    public static void End(byte order) => Run(async () =>
    {
        StreamConnection connection = await BeginAsync(order);
        Console.WriteLine($"read: {await EndOfReadingAsync(connection)}");
        Console.WriteLine($"write: {await EndOfWritingAsync(connection)}");
        Console.WriteLine($"closed: {connection.Closed.IsCancellationRequested}");
    });

    public static void EndByAbort() => End(StreamServer.Abort);

    public static void EndByExit() => End(StreamServer.Exit);

    public static void EndByLeave() => End(StreamServer.Leave);

    /// <summary>Reads nothing from a server that writes, and has it end its listener.</summary>
    public static void EndFloodByLeave() => Run(async () =>
    {
        StreamConnection unread = await BeginAsync(StreamServer.Flood);
        await EndOfReadingAsync(await BeginAsync(StreamServer.Leave));
        Console.WriteLine($"read: {await EndOfReadingAsync(unread)}");
    });

    public static void EndByDispose() => End(StreamServer.Dispose);

    /// <summary>Aborts, here, and is gone then.</summary>
    public static void AbortHere() => Run(async () =>
    {
        StreamConnection connection = await BeginAsync(StreamServer.Stall);
        connection.Abort();
        Console.WriteLine($"read: {await EndOfReadingAsync(connection)}");
        Console.WriteLine($"write: {await EndOfWritingAsync(connection)}");
        StreamConnection other = await BeginAsync(StreamServer.Echo);
        await other.Output.CompleteAsync(new InvalidDataException());
        Console.WriteLine($"other: {await EndOfReadingAsync(other)}");
        await HearServerAsync();
    });

    /// <summary>Disposes of a connection whose bytes nobody takes.</summary>
    public static void DisposeStalled() => Run(async () =>
    {
        StreamConnection connection = await StreamConnection.ConnectAsync(
            AsyncSystem.Endpoint, new StreamOptions { CloseTimeout = TimeSpan.FromMilliseconds(200) });
        byte[] bytes = new byte[500_000];
        bytes[0] = StreamServer.Stall;
        Task<FlushResult> writing = connection.Output.WriteAsync(bytes).AsTask();
        await connection.DisposeAsync();
        Console.WriteLine($"closed: {connection.Closed.IsCancellationRequested}");
        await HearServerAsync();
    });

    /// <summary>Is a client on an executor's thread.</summary>
    public static void UseInRun() => ReL4.Run(async () =>
    {
        StreamConnection connection = await BeginAsync(StreamServer.Echo);
        await connection.Output.WriteAsync("bytes"u8.ToArray());
        await connection.Output.CompleteAsync();
        Console.WriteLine($"{(await ReadAllAsync(connection.Input)).Length} bytes, at home: {Executor.Current is not null}");
        await connection.DisposeAsync();
    });

    /// <summary>Dies amid a connection.</summary>
    public static void Die() => Run(async () =>
    {
        StreamConnection connection = await BeginAsync(StreamServer.Stall);
        await connection.Output.WriteAsync(new byte[10]);
        Process.GetCurrentProcess().Kill();
    });

    /// <summary>Writes to a server that reads nothing, and reads nothing from one that writes: neither takes more than a bound, and another connection goes on.</summary>
    public static void OutwaitStalled() => Run(async () =>
    {
        StreamConnection stalled = await BeginAsync(StreamServer.Stall);
        StreamConnection unread = await BeginAsync(StreamServer.Flood);
        long written = 0;
        byte[] block = new byte[1024];
        // Two buffers, and what is under way: the last write waits.
        ValueTask<FlushResult> last;
        while ((last = stalled.Output.WriteAsync(block)).IsCompleted || await EndsAsync(last.AsTask()))
            written += block.Length;
        Console.WriteLine(written is > 100_000 and < 400_000 ? "bounded" : $"{written} bytes");

        StreamConnection other = await BeginAsync(StreamServer.Echo);
        Task<byte[]> reading = ReadAllAsync(other.Input);
        for (int i = 0; i < 2000; i++)
            await other.Output.WriteAsync(block);
        await other.Output.CompleteAsync();
        Console.WriteLine($"{(await reading).Length} bytes came back");
        stalled.Abort();
        unread.Abort();
        await HearServerAsync();

        static async Task<bool> EndsAsync(Task task) => await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(500))) == task;
    });

    /// <summary>Has as many connections as it may, and one more, and again when one has ended.</summary>
    public static void ConnectTooOften() => Run(async () =>
    {
        var connections = new List<StreamConnection>();
        for (int i = 0; i < StreamServer.MaxConnectionsPerBadge; i++)
            connections.Add(await BeginAsync(StreamServer.Echo));
        try
        {
            await BeginAsync(StreamServer.Echo);
        }
        catch (StreamClosedException refused)
        {
            Console.WriteLine(refused.Reason);
        }

        await connections[0].DisposeAsync();
        StreamConnection again = await BeginAsync(StreamServer.Echo);
        await again.Output.CompleteAsync();
        Console.WriteLine((await ReadAllAsync(again.Input)).Length);
    });

    private static void Run(Func<Task> program) => program().WaitAsync(s_limit).GetAwaiter().GetResult();

    /// <summary>Waits until the server has taken all that was told before.</summary>
    private static async Task HearServerAsync() => await (await StreamConnection.ConnectAsync(AsyncSystem.Endpoint)).DisposeAsync();

    private static async Task<StreamConnection> BeginAsync(byte order)
    {
        StreamConnection connection = await StreamConnection.ConnectAsync(AsyncSystem.Endpoint);
        await connection.Output.WriteAsync(new[] { order });
        return connection;
    }

    private static async Task<byte[]> ReadAllAsync(PipeReader reader)
    {
        var all = new MemoryStream();
        await reader.CopyToAsync(all);
        return all.ToArray();
    }

    private static async Task<string> EndOfReadingAsync(StreamConnection connection)
    {
        try
        {
            return $"{(await ReadAllAsync(connection.Input)).Length} bytes";
        }
        catch (StreamClosedException closed)
        {
            return closed.Reason.ToString();
        }
    }

    /// <summary>Writes until it throws, which is not at once where the other side has ended just now.</summary>
    private static async Task<string> EndOfWritingAsync(StreamConnection connection)
    {
        try
        {
            while (true)
                await connection.Output.WriteAsync(new byte[1000]);
        }
        catch (StreamClosedException closed)
        {
            return closed.Reason.ToString();
        }
    }
}
