using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Writes messages piece by piece.</summary>
internal static class WriterPrograms
{
    // Of a large frame all but the ring.
    private const int Most = 24 << 16;

    private static readonly byte[] s_bytes = MakeBytes();

    private static EndpointCap Server => AsyncSystem.Endpoint;

    /// <summary>Writes all that a writer takes, in place and elsewhere.</summary>
    public static void Write() => ReL4.Run(static async () =>
    {
        using var writer = new MessageWriter();
        await RequireEchoAsync(writer, 100_000, 100_000, isInPlace: false, "before the channel is open");
        await RequireEchoAsync(writer, 100_000, 100_000, isInPlace: true, "in place");
        await RequireEchoAsync(writer, 100_000, 1, isInPlace: true, "less than was said");
        await RequireEchoAsync(writer, 100_000, 0, isInPlace: true, "nothing");
        await RequireEchoAsync(writer, 100, 100, isInPlace: false, "a short one");
        await RequireEchoAsync(writer, 0, 5000, isInPlace: false, "of unknown length");
        await RequireEchoAsync(writer, Most, Most, isInPlace: true, "as long as can be");
        await RequireEchoAsync(writer, Most + 1, Most + 1, isInPlace: false, "longer");

        writer.Begin(Server, 40_000);
        Fill(writer, 40_000);
        Fill(writer, 60_000, from: 40_000);
        Require(!writer.IsInPlace && writer.WrittenCount == 100_000, "more than was said is in place");
        await RequireEchoAsync(writer, 100_000);

        writer.Begin(Server, 50_000);
        Fill(writer, 50_000);
        Require(writer.IsInPlace, "a message to send is not in place");
        await Server.SendAsync((ushort)Order.Note, writer);
        using (IpcResponse notes = await Server.CallAsync((ushort)Order.Notes))
            Require(notes.Payload.SequenceEqual(s_bytes.AsSpan(0, 50_000)), "other bytes were sent");
        Console.WriteLine("written");
    });

    /// <summary>Gives up messages that were begun, in all ways.</summary>
    public static void GiveUp() => ReL4.Run(static async () =>
    {
        (await Server.CallAsync(0)).Dispose();
        using var writer = new MessageWriter();
        var other = new MessageWriter();
        writer.Begin(Server, Most);
        other.Begin(Server, 100_000);
        Require(writer.IsInPlace && !other.IsInPlace, "a frame is leased twice");
        await RequireEchoAsync(other, 100_000, 100_000, isInPlace: false, "beside a lease");
        writer.Abandon();
        Require(!writer.IsInPlace && writer.WrittenCount == 0, "what was abandoned is there");
        RequireFree(other);

        // Again: the one before is abandoned.
        other.Begin(Server, Most);
        other.Begin(Server, Most);
        Require(other.IsInPlace, "a lease stays after the next");
        other.Dispose();
        other.Dispose();
        RequireFree(writer);
        Console.WriteLine("disposed: " + Refusal(() => other.Begin(Server, 100)));
        Console.WriteLine("called with: " + Refusal(() => Server.CallAsync(0, other)));
        Console.WriteLine("sent with: " + Refusal(() => Server.SendAsync(0, other)));
        Console.WriteLine("advance: " + Refusal(() => writer.Advance(1)));
        Console.WriteLine("negative: " + Refusal(() => writer.Begin(Server, -1)));
        Console.WriteLine("no message: " + Refusal(() => Server.CallAsync(0, (MessageWriter)null!)));
        Console.WriteLine("nothing begun: " + Refusal(() => Server.CallAsync(0, new MessageWriter())));
        Console.WriteLine("abandoned: " + Refusal(() => Server.SendAsync(0, writer)));

        writer.Begin(Server, Most);
        Fill(writer, 100_000);
        Console.WriteLine("cancelled: " + await RefusalAsync(async () => (await Server.CallAsync(0, writer, new CancellationToken(true))).Dispose()));
        RequireFree(writer);

        writer.Begin(Server, Most);
        Memory<byte> memory = writer.GetMemory();
        writer.Abandon();
        Console.WriteLine("used after: " + Refusal(() => memory.Span[0] = 1));

        Console.WriteLine("given up");
    });

    /// <summary>Forgets messages that were begun, leased and not, and writers without any.</summary>
    public static void ForgetMessages() => ReL4.Run(static async () =>
    {
        (await Server.CallAsync(0)).Dispose();
        using var errors = ErrorLines.Take();
        Forget(2);
        await CollectAsync(() => errors.Lines.Count != 0);
        Console.WriteLine(errors.Lines.Single());
        using var writer = new MessageWriter();
        await CollectAsync(() =>
        {
            writer.Begin(Server, Most);
            return writer.IsInPlace;
        });
        writer.Abandon();

        var lengths = new ConcurrentQueue<int>();
        ReL4.MessageForgotten += (_, forgotten) => lengths.Enqueue(forgotten is { IsUnsent: true, EndpointName: AsyncSystem.Requests } ? forgotten.Length : -1);
        Forget(3);
        await CollectAsync(() => !lengths.IsEmpty);
        Console.WriteLine($"forgotten with {lengths.Single()} bytes");
    });

    /// <summary>Writes while the server dies, and to the one that comes after it.</summary>
    public static void Survive() => ReL4.Run(static async () =>
    {
        using var writer = new MessageWriter();
        (await Server.CallAsync(0)).Dispose();
        writer.Begin(Server, 100_000);
        Fill(writer, 50_000);
        Memory<byte> memory = writer.GetMemory();
        Console.WriteLine("server: " + await RefusalAsync(static async () => (await Server.CallAsync((ushort)Order.Exit)).Dispose()));
        // The frame stays for as long as somebody writes into it.
        memory.Span.Fill(1);
        Require(writer.IsInPlace, "the lease has ended with the channel");
        Fill(writer, 50_000, from: 50_000);
        await RequireEchoAsync(writer, 100_000);
        Console.WriteLine("survived");
    });

    /// <summary>Measures what messages allocate, written and answered in place.</summary>
    public static void Allocate() => ReL4.Run(static async () =>
    {
        using var writer = new MessageWriter();
        long allocated = long.MaxValue;
        // The first ones make what the later ones use again; so may one that is delayed for longer than any before.
        for (int batch = 0; batch < 50 && allocated != 0; batch++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 200; i++)
                await CallAsync(writer);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Console.WriteLine($"allocated {allocated}");

        static async CoTask CallAsync(MessageWriter writer)
        {
            writer.Begin(Server, 40_000);
            writer.GetSpan(40_000)[0] = 1;
            writer.Advance(40_000);
            using IpcResponse echo = await Server.CallAsync((ushort)Order.EchoByWriter, writer);
        }
    });

    /// <summary>Writes on a thread without an executor.</summary>
    public static void WriteInPool() => Task.Run(static async () =>
    {
        using var writer = new MessageWriter();
        await RequireEchoAsync(writer, 100_000, 100_000, isInPlace: false, "in the pool");
        writer.Begin(Server, 100);
        Fill(writer, 100);
        await Server.SendAsync((ushort)Order.Note, writer);
        Require(writer.WrittenCount == 0, "what was sent is there");
        Console.WriteLine("written in the pool");
    }).Wait();

    private static void Forget(int written)
    {
        var writer = new MessageWriter();
        writer.Begin(Server, Most);
        Fill(writer, written);
        // Without a message it is nobody's loss.
        writer = new MessageWriter();
        writer.Begin(Server, Most);
        writer.Abandon();
    }

    private static async ValueTask CollectAsync(Func<bool> isFound)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isFound())
        {
            Require(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "what was forgotten is not found");
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
        }
    }

    private static void RequireFree(MessageWriter writer)
    {
        writer.Begin(Server, Most);
        Require(writer.IsInPlace, "what was given up is not free");
        writer.Abandon();
    }

    private static async ValueTask RequireEchoAsync(MessageWriter writer, int capacity, int length, bool isInPlace, string what)
    {
        writer.Begin(Server, capacity);
        Fill(writer, length);
        Require(writer.IsInPlace == isInPlace, $"{what}: in place is {writer.IsInPlace}");
        await RequireEchoAsync(writer, length);
    }

    private static async ValueTask RequireEchoAsync(MessageWriter writer, int length)
    {
        using IpcResponse echo = await Server.CallAsync((ushort)Order.EchoByWriter, writer);
        Require(echo.Payload.SequenceEqual(s_bytes.AsSpan(0, length)), $"{length} bytes come back as others");
        Require(writer.WrittenCount == 0 && !writer.IsInPlace, "what was sent is there");
    }

    private static void Fill(MessageWriter writer, int length, int from = 0)
    {
        // In pieces, as serializers do.
        for (int end = from + length; from < end; from += 997)
            writer.Write(s_bytes.AsSpan(from, Math.Min(997, end - from)));
    }

    private static string Refusal(Action action)
    {
        try
        {
            action();
        }
        catch (Exception refusal)
        {
            return refusal.GetType().Name;
        }

        return "done";
    }

    private static async ValueTask<string> RefusalAsync(Func<ValueTask> action)
    {
        try
        {
            await action();
        }
        catch (Exception refusal)
        {
            return refusal.GetType().Name;
        }

        return "done";
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    private static byte[] MakeBytes()
    {
        byte[] bytes = new byte[2 * Most];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
