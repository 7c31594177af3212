using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Sends messages of all sizes.</summary>
internal static class SizePrograms
{
    /// <summary>Names the environment variable with the bytes of the longest message.</summary>
    public const string Longest = "LONGEST";

    // As in ChannelParts: the bytes of a ring, a quarter of which one record may take.
    private const int Ring = (8 * ChannelFrame.UnitSize) - ChannelFrame.HeaderSize;
    private const int Record = (Ring / 4) - 8;

    private const int Paused = 32 << 20, Pauses = 8;

    /// <summary>Calls with each size, and has as much sent back if that isn't more than a MiB.</summary>
    public static void CallWithAll() => ReL4.Run(async () =>
    {
        int longest = int.Parse(Environment.GetEnvironmentVariable(Longest)!, CultureInfo.InvariantCulture);
        int[] sizes =
        [
            0, 1, 7, 8, 55, 56, 57, 119, 120, 121, 4096, Record - 1, Record, Record + 1, Record + 8, Record + 64, Ring - 9, Ring - 8, Ring - 1, Ring,
            Ring + 1, 2 * Ring, (32 << 10) - 1, 32 << 10, 1 << 16, (1 << 16) + 1, 24 << 16, (24 << 16) + 1, 1 << 20, (1 << 20) + 1, longest,
        ];
        foreach (int size in sizes)
        {
            byte[] payload = Make(size);
            using (IpcResponse sum = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Checksum, payload))
                Require(BitConverter.ToUInt64(sum.Payload) == Service.Sum(payload), $"{size} bytes arrive as others");
            if (size > 2 << 20)
                continue;
            foreach (Order order in (Order[])[Order.Echo, Order.EchoInPlace, Order.EchoByWriter])
                await RequireEchoAsync(order, payload);
            using IpcResponse written = await AsyncSystem.Endpoint.CallAsync(0, size, payload, static (place, payload) => payload.CopyTo(place));
            Require(written.Payload.SequenceEqual(payload), $"{size} bytes written in place come back as others");
        }

        Console.WriteLine($"{sizes.Length} sizes");
    });

    /// <summary>Has long messages come after pauses, and waits until their memory is given back.</summary>
    public static void Pause() => ReL4.Run(async () =>
    {
        byte[] payload = Make(Paused);
        await RequireEchoAsync(Order.Echo, payload);
        long resident = Resident(), faults = Faults();
        for (int i = 0; i < Pauses; i++)
        {
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(10));
            await RequireEchoAsync(Order.Echo, payload);
        }

        // Of those that fresh memory takes.
        Require(Faults() - faults < (long)Pauses * Paused / Environment.SystemPageSize / 2, "each message lies in fresh memory");
        long start = Stopwatch.GetTimestamp();
        while (Resident() > resident - (Paused / 2))
        {
            Require(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "memory is kept for ever");
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(100));
        }

        Console.WriteLine("kept, and given back");
    });

    private static long Resident() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    // The tenth field; the name before it may have spaces.
    private static long Faults() => long.Parse(File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ')[7], CultureInfo.InvariantCulture);

    private static async ValueTask RequireEchoAsync(Order order, byte[] payload)
    {
        using IpcResponse echo = await AsyncSystem.Endpoint.CallAsync((ushort)order, payload);
        Require(echo.Payload.SequenceEqual(payload), $"{payload.Length} bytes come back as others by {order}");
    }

    private static byte[] Make(int size)
    {
        byte[] payload = GC.AllocateUninitializedArray<byte>(size);
        var random = new Random(size);
        // Random bytes are slow to make; a GiB of them is the same MiB, each time with another beginning.
        random.NextBytes(payload.AsSpan(0, Math.Min(size, 1 << 20)));
        for (int start = 1 << 20; start < size; start += 1 << 20)
        {
            int length = Math.Min(1 << 20, size - start);
            payload.AsSpan(0, length).CopyTo(payload.AsSpan(start));
            payload[start] = (byte)(start >> 20);
        }

        return payload;
    }

    private static void Require(bool holds, string failure)
    {
        if (!holds)
            throw new InvalidOperationException(failure);
    }
}
