using System.IO.Pipelines;
using Rel4.Hosted.Tests.Async;

namespace Rel4.Streams.Tests;

/// <summary>Is the server of these tests: the first byte of a connection says what it does with it.</summary>
internal static class StreamServer
{
    /// <summary>Sends back what comes, and says whose it was and how it ended.</summary>
    public const byte Echo = (byte)'e';

    /// <summary>Reads nothing more until the connection ends.</summary>
    public const byte Stall = (byte)'s';

    /// <summary>Aborts.</summary>
    public const byte Abort = (byte)'a';

    /// <summary>Ends the process.</summary>
    public const byte Exit = (byte)'x';

    /// <summary>Ends its listener.</summary>
    public const byte Leave = (byte)'l';

    /// <summary>Disposes of the connection.</summary>
    public const byte Dispose = (byte)'d';

    /// <summary>Writes without end, and says how it ended and what was written.</summary>
    public const byte Flood = (byte)'f';

    /// <summary>How many connections a badge may have.</summary>
    public const int MaxConnectionsPerBadge = 3;

    public static void Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task RunAsync()
    {
        await using var listener = StreamListener.Start(AsyncSystem.Endpoint, new StreamOptions { MaxConnectionsPerBadge = MaxConnectionsPerBadge });
        await foreach (StreamConnection connection in listener.AcceptAllAsync())
            _ = ServeAsync(listener, connection);
        Console.WriteLine("left");
        await Task.Delay(Timeout.Infinite);
    }

    private static async Task ServeAsync(StreamListener listener, StreamConnection connection)
    {
        try
        {
            ReadResult first = await connection.Input.ReadAtLeastAsync(1);
            if (first.Buffer.IsEmpty)
                return;
            byte order = first.Buffer.FirstSpan[0];
            connection.Input.AdvanceTo(first.Buffer.GetPosition(1));
            switch (order)
            {
                case Stall:
                    await WaitForEndAsync(connection);
                    break;
                case Abort:
                    connection.Abort();
                    break;
                case Exit:
                    Environment.Exit(1);
                    break;
                case Leave:
                    await listener.DisposeAsync();
                    break;
                case Dispose:
                    await connection.DisposeAsync();
                    break;
                case Flood:
                    await FloodAsync(connection);
                    break;
                default:
                    await connection.Input.CopyToAsync(connection.Output);
                    await connection.Output.CompleteAsync();
                    Console.WriteLine($"echoed for {connection.Badge}");
                    break;
            }
        }
        catch (StreamClosedException closed)
        {
            Console.WriteLine($"of {connection.Badge}: {closed.Reason}");
        }
    }

    private static async Task WaitForEndAsync(StreamConnection connection)
    {
        var ended = new TaskCompletionSource();
        using CancellationTokenRegistration registration = connection.Closed.Register(ended.SetResult);
        await ended.Task;
        await connection.Input.ReadAsync();
    }

    private static async Task FloodAsync(StreamConnection connection)
    {
        byte[] block = new byte[1024];
        long written = 0;
        try
        {
            while (true)
            {
                await connection.Output.WriteAsync(block);
                Volatile.Write(ref written, written + block.Length);
            }
        }
        finally
        {
            Console.WriteLine($"flooded {(written < 1 << 20 ? "little" : "much")}");
        }
    }
}
