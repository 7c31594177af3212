using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Holds the clients and the server of the soak.</summary>
/// <remarks>
/// A message is <c>coroutine:32 sequence:32 sum:64</c> and random bytes, of which the sum is. A coroutine awaits each message before its next, so
/// the server has to see each coroutine's in order; calls it answers in any order.
/// </remarks>
internal static class SoakPrograms
{
    /// <summary>Names the environment variables.</summary>
    public const string Seed = "SEED", Seconds = "SECONDS", Delays = "DELAYS";

    private const int Header = 16;
    private const ushort CallLabel = 100, SendLabel = 101, ReportLabel = 102;
    private const int Coroutines = 24;

    /// <summary>How long a call may take before its wake-up counts as lost.</summary>
    private static readonly TimeSpan s_lost = TimeSpan.FromSeconds(15);

    /// <summary>Checks order and sums of all that comes, and answers it, sometimes late.</summary>
    public static void Serve() => ReL4.Run(async () =>
    {
        var random = new Random(Number(Seed));
        if (Number(Delays) != 0)
            DelayingParking.Install(Number(Seed));
        var expected = new Dictionary<(ulong Badge, uint Coroutine), uint>();
        var received = new Dictionary<ulong, uint>();
        await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
        {
            if (request.Label == ReportLabel)
            {
                await request.ReplyAsync(ReportLabel, BitConverter.GetBytes(received.GetValueOrDefault(request.Badge)));
                continue;
            }

            (uint coroutine, uint sequence) = Check(request.Payload);
            uint next = expected.GetValueOrDefault((request.Badge, coroutine));
            Require(sequence == next, $"message {sequence} of coroutine {coroutine} of client {request.Badge} comes instead of {next}");
            expected[(request.Badge, coroutine)] = next + 1;
            received[request.Badge] = received.GetValueOrDefault(request.Badge) + 1;
            Require(request.IsCall == (request.Label == CallLabel), "the wrong kind");
            if (!request.IsCall)
                request.Dispose();
            else if (random.Next(4) != 0)
                await request.ReplyAsync(CallLabel, request.Payload);
            else
                Executor.Current!.Spawn(() => ReplyLateAsync(request, random), random.Next(8));
        }
    });

    /// <summary>Calls and sends from many coroutines, then asks how many messages arrived.</summary>
    public static void Call() => ReL4.Run(async () =>
    {
        if (Number(Delays) != 0)
            DelayingParking.Install(Number(Seed) + 1);
        // Opens the channel, which takes its time.
        using (await AsyncSystem.Endpoint.CallAsync(ReportLabel))
        {
        }

        long end = Stopwatch.GetTimestamp() + ((long)Number(Seconds) * Stopwatch.Frequency);
        var sent = new uint[Number(Delays) != 0 ? 1 : Coroutines];
        int running = sent.Length, calls = 0;
        for (int i = 0; i < sent.Length; i++)
        {
            var random = new Random(Number(Seed) + i);
            int coroutine = i;
            Executor.Current!.Spawn(
                async () =>
                {
                    while (Stopwatch.GetTimestamp() < end)
                    {
                        byte[] message = Make(random, (uint)coroutine, sent[coroutine]++);
                        if (sent.Length > 1 && random.Next(3) == 0)
                        {
                            await AsyncSystem.Endpoint.SendAsync(SendLabel, message);
                        }
                        else
                        {
                            using IpcResponse reply = await AsyncSystem.Endpoint.CallAsync(CallLabel, message, s_lost);
                            Require(reply.Payload.SequenceEqual(message), "the reply is another's");
                            calls++;
                        }

                        await PauseAsync(random);
                    }

                    running--;
                },
                random.Next(8));
        }

        while (running > 0)
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(10));
        using IpcResponse report = await AsyncSystem.Endpoint.CallAsync(ReportLabel);
        uint arrived = BitConverter.ToUInt32(report.Payload);
        uint all = (uint)sent.Sum(count => count);
        Require(arrived == all, $"{arrived} of {all} messages arrived");
        Console.WriteLine($"{all} messages, {calls} answered");
    });

    private static async ValueTask ReplyLateAsync(IpcRequest request, Random random)
    {
        await PauseAsync(random);
        await request.ReplyAsync(CallLabel, request.Length, request, static (place, request) => request.Payload.CopyTo(place));
    }

    private static ValueTask PauseAsync(Random random)
    {
        switch (random.Next(16))
        {
            case 0:
                return Executor.Current!.Delay(TimeSpan.FromMicroseconds(random.Next(3000)));
            case 1:
                Thread.SpinWait(random.Next(5000));
                return default;
            case 2:
                return YieldAsync();
            default:
                return default;
        }

        static async ValueTask YieldAsync() => await Executor.Current!.Yield();
    }

    private static byte[] Make(Random random, uint coroutine, uint sequence)
    {
        int length = random.Next(1000) switch
        {
            < 800 => random.Next(200),
            < 980 => random.Next(20_000),
            < 998 => random.Next(300_000),
            _ => random.Next(2_000_000),
        };
        byte[] message = GC.AllocateUninitializedArray<byte>(Header + length);
        random.NextBytes(message.AsSpan(Header, Math.Min(length, 4096)));
        BinaryPrimitives.WriteUInt32LittleEndian(message, coroutine);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(8), Service.Sum(message.AsSpan(Header)));
        return message;
    }

    private static (uint Coroutine, uint Sequence) Check(ReadOnlySpan<byte> message)
    {
        Require(BinaryPrimitives.ReadUInt64LittleEndian(message[8..]) == Service.Sum(message[Header..]), "the sum is another");
        return (BinaryPrimitives.ReadUInt32LittleEndian(message), BinaryPrimitives.ReadUInt32LittleEndian(message[4..]));
    }

    private static void Require(bool holds, string failure)
    {
        if (!holds)
            throw new InvalidOperationException(failure);
    }

    private static int Number(string variable) => int.Parse(Environment.GetEnvironmentVariable(variable)!, CultureInfo.InvariantCulture);
}
