using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Bench.Channels;

/// <summary>Measures the channel's core between two threads on two processors, beside the raw cache-line round trip and memory copy of the same run.</summary>
/// <remarks>
/// By hand and not with BenchmarkDotNet, which measures one thread. All are run in turn, for a few milliseconds each, many
/// times over: on a machine with other work the best tells what the code can do, the middle what it got.
/// </remarks>
internal static unsafe class ChannelBenchmark
{
    private const int Rounds = 100;
    private const int SmallFrame = 64 * 1024;
    private const int LargeFrame = 1024 * 1024;
    private const int RoundTrips = 3_000;
    private const int Records = 50_000;
    private const int Calls = 20_000;
    private const long CopiedBytes = 1L << 25;

    public static void Run()
    {
        (string Name, string Unit, Func<double> Measure)[] measures =
        [
            ("cache line, round trip", "ns", CacheLine),
            ("channel, round trip of 8 bytes", "ns", () => Call(concurrency: 1)),
            ("channel, call of 8 bytes at concurrency 8", "ns", () => Call(concurrency: 8)),
            ("channel, call of 8 bytes at concurrency 64", "ns", () => Call(concurrency: 64)),
            ("channel, the same with both ends on one thread", "ns", CallOnOneThread),
            ("channel, record of 8 bytes one way", "ns", OneWay),
            ("memory copy of 64 KiB", "GB/s", () => MemoryCopy(64 * 1024)),
            ("channel, 64 KiB copied in and out", "GB/s", () => Copy(64 * 1024)),
            ("channel, 64 KiB copied in, read in place", "GB/s", () => Copy(64 * 1024, copiesOut: false)),
            ("memory copy of 1 MiB", "GB/s", () => MemoryCopy(1024 * 1024)),
            ("channel, 1 MiB copied in, put together", "GB/s", () => Copy(1024 * 1024, copiesOut: false)),
        ];
        var results = new double[measures.Length][];
        for (int i = 0; i < measures.Length; i++)
            results[i] = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < measures.Length; i++)
                results[i][round] = measures[i].Measure();
        }

        for (int i = 0; i < measures.Length; i++)
        {
            Array.Sort(results[i]);
            double best = measures[i].Unit == "ns" ? results[i][0] : results[i][^1];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{measures[i].Name,-46} best {best,8:F1}  middle {results[i][Rounds / 2],8:F1} {measures[i].Unit}"));
        }
    }

    private static double CacheLine()
    {
        var words = (long*)NativeMemory.AlignedAlloc(4096, 4096);
        words[0] = words[32] = 0;
        TimeSpan time = TwoThreads.Run(
            () =>
            {
                for (long i = 1; i <= RoundTrips; i++)
                {
                    Volatile.Write(ref words[0], i);
                    while (Volatile.Read(ref words[32]) != i)
                    {
                    }
                }
            },
            () =>
            {
                for (long i = 1; i <= RoundTrips; i++)
                {
                    while (Volatile.Read(ref words[0]) != i)
                    {
                    }

                    Volatile.Write(ref words[32], i);
                }
            });
        NativeMemory.AlignedFree(words);
        return time.TotalNanoseconds / RoundTrips;
    }

    private static double Call(int concurrency)
    {
        int calls = concurrency == 1 ? RoundTrips : Calls;
        using var channel = new BenchChannel(SmallFrame);
        TimeSpan time = TwoThreads.Run(() => MakeCalls(channel.Client, calls, concurrency), () => AnswerCalls(channel.Server, calls));
        return time.TotalNanoseconds / calls;
    }

    /// <summary>What the instructions cost, without a cache line that moves.</summary>
    private static double CallOnOneThread()
    {
        const int Concurrency = 64;
        using var channel = new BenchChannel(SmallFrame);
        TimeSpan time = TwoThreads.Run(
            () =>
            {
                Span<byte> payload = stackalloc byte[8];
                for (int made = 0; made < Calls; made += Concurrency)
                {
                    for (int i = 0; i < Concurrency; i++)
                    {
                        channel.Client.Calls.TryOpen(new CallWaiter(channel), out uint id);
                        channel.Client.TryWrite(RecordKind.Call, id, 0, payload);
                    }

                    channel.Client.Flush();
                    AnswerCalls(channel.Server, Concurrency);
                    Drain(channel.Client, Concurrency, []);
                }
            },
            () => { });
        return time.TotalNanoseconds / Calls;
    }

    private static void MakeCalls(ChannelEnd end, int count, int concurrency)
    {
        Span<byte> payload = stackalloc byte[8];
        int made = 0;
        int answered = 0;
        while (answered < count)
        {
            while (made < count && made - answered < concurrency)
            {
                end.Calls.TryOpen(new CallWaiter(end), out uint id);
                if (end.TryWrite(RecordKind.Call, id, 0, payload) != WriteOutcome.Done)
                    throw new UnreachableException();
                made++;
            }

            end.Flush();
            while (end.TryRead(out ChannelMessage reply))
            {
                answered++;
                end.Release(reply);
            }
        }
    }

    private static void AnswerCalls(ChannelEnd end, int count)
    {
        int answered = 0;
        while (answered < count)
        {
            while (end.TryRead(out ChannelMessage call))
            {
                if (end.TryWrite(RecordKind.Reply, call.Id, 0, call.Payload) != WriteOutcome.Done)
                    throw new UnreachableException();
                end.Release(call);
                answered++;
            }

            end.Flush();
        }
    }

    private static double OneWay()
    {
        const int Batch = 64;
        using var channel = new BenchChannel(SmallFrame);
        TimeSpan time = TwoThreads.Run(
            () =>
            {
                Span<byte> payload = stackalloc byte[8];
                for (int i = 0; i < Records; i++)
                {
                    while (channel.Client.TryWrite(RecordKind.Send, 0, 0, payload) == WriteOutcome.Full)
                        channel.Client.Flush();
                    if (i % Batch == Batch - 1)
                        channel.Client.Flush();
                }

                channel.Client.Flush();
            },
            () => Drain(channel.Server, Records, []));
        return time.TotalNanoseconds / Records;
    }

    private static void Drain(ChannelEnd end, int count, byte[] target)
    {
        int read = 0;
        while (read < count)
        {
            while (end.TryRead(out ChannelMessage message))
            {
                if (target.Length != 0)
                    message.Payload.CopyTo(target);
                end.Release(message);
                read++;
            }

            end.Flush();
        }
    }

    private static double MemoryCopy(int size)
    {
        byte[] source = new byte[size];
        byte[] target = new byte[size];
        TimeSpan time = TwoThreads.Run(
            () =>
            {
                for (long copied = 0; copied < CopiedBytes; copied += size)
                    source.AsSpan().CopyTo(target);
            },
            () => { });
        return CopiedBytes / time.TotalNanoseconds;
    }

    private static double Copy(int size, bool copiesOut = true)
    {
        int count = (int)(CopiedBytes / size);
        byte[] source = new byte[size];
        using var channel = new BenchChannel(LargeFrame);
        TimeSpan time = TwoThreads.Run(
            () =>
            {
                for (int i = 0; i < count; i++)
                {
                    var transfer = new MessageTransfer(RecordKind.Send, 0, 0);
                    while (channel.Client.TryContinue(ref transfer, source) != WriteOutcome.Done)
                        channel.Client.Flush();
                    channel.Client.Flush();
                }
            },
            () => Drain(channel.Server, count, copiesOut ? new byte[size] : []));
        return CopiedBytes / time.TotalNanoseconds;
    }
}
