using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Sends messages of all sizes.</summary>
internal static class SizePrograms
{
    /// <summary>Names the environment variable with the bytes of the longest message.</summary>
    public const string Longest = "LONGEST";

    // As in ChannelSizes: the bytes of a ring, a quarter of which one record may take.
    private const int Ring = (8 * ChannelFrame.UnitSize) - ChannelFrame.HeaderSize;
    private const int Record = (Ring / 4) - 8;

    /// <summary>Calls with each size, and has as much sent back if that isn't more than a MiB.</summary>
    public static void CallWithAll() => ReL4.Run(async () =>
    {
        int longest = int.Parse(Environment.GetEnvironmentVariable(Longest)!, System.Globalization.CultureInfo.InvariantCulture);
        int[] sizes =
        [
            0, 1, 7, 8, 55, 56, 57, 119, 120, 121, 4096, Record - 1, Record, Record + 1, Record + 8, Record + 64, Ring - 9, Ring - 8, Ring - 1, Ring,
            Ring + 1, 2 * Ring, (32 << 10) - 1, 32 << 10, 1 << 16, (1 << 16) + 1, 24 << 16, (24 << 16) + 1, 1 << 20, (1 << 20) + 1, longest,
        ];
        foreach (int size in sizes)
        {
            byte[] payload = Make(size);
            using (Response sum = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Checksum, payload))
                Require(BitConverter.ToUInt64(sum.Payload) == Service.Sum(payload), $"{size} bytes arrive as others");
            if (size > 2 << 20)
                continue;
            foreach (Order order in (Order[])[Order.Echo, Order.EchoInPlace, Order.EchoByWriter])
                await RequireEchoAsync(order, payload);
            using Response written = await AsyncSystem.Endpoint.CallAsync(0, size, payload, static (place, payload) => payload.CopyTo(place));
            Require(written.Payload.SequenceEqual(payload), $"{size} bytes written in place come back as others");
        }

        Console.WriteLine($"{sizes.Length} sizes");
    });

    private static async ValueTask RequireEchoAsync(Order order, byte[] payload)
    {
        using Response echo = await AsyncSystem.Endpoint.CallAsync((ushort)order, payload);
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
