using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls with messages longer than a record.</summary>
internal static class LongMessages
{
    /// <summary>See <see cref="PairRole.CallLong"/>.</summary>
    public static async CoTask CallLongAsync()
    {
        var message = new byte[BrokerLayout.MostMessageBytes + 1];
        for (int i = 0; i < message.Length; i++)
            message[i] = ByteAt(i);
        ulong good = 0;

        // By a task with no channel yet, and by one that has one.
        if (await IsRefusedAsync(message))
            good |= 1UL << Lengths;
        for (int i = 0; i < Lengths; i++)
        {
            using IpcResponse reply = await ReL4.Call(PairLayout.Endpoint, PairLabel.Echo, message.AsMemory(0, LengthOf(i)));
            if (IsSame(reply.Payload, LengthOf(i)))
                good |= 1UL << i;
        }

        if (await IsRefusedAsync(message))
            good |= 1UL << (Lengths + 1);
        RootTask.Tell(good, Heap.Used);
        await Sleeping.ForEverAsync();
    }

    private static async CoTask<bool> IsRefusedAsync(byte[] message)
    {
        ulong used = Heap.Used;
        (CompletionOutcome outcome, _) = await ReL4.Call(PairLayout.Endpoint, PairLabel.Echo, message).WithOutcome();
        CompletionOutcome sent = await ReL4.Send(PairLayout.Endpoint, PairLabel.Echo, message).WithOutcome();

        // It was not copied.
        return outcome == CompletionOutcome.TooLong && sent == CompletionOutcome.TooLong && Heap.Used - used < (ulong)message.Length;
    }

    private const int Lengths = 5;

    private static int LengthOf(int number) => number switch
    {
        0 => 0,
        1 => 20 * 1024,
        2 => 200_000,
        3 => BrokerLayout.MostMessageBytes - 1,
        _ => BrokerLayout.MostMessageBytes,
    };

    private static bool IsSame(ReadOnlySpan<byte> payload, int length)
    {
        if (payload.Length != length)
            return false;
        for (int i = 0; i < length; i++)
        {
            if (payload[i] != ByteAt(i))
                return false;
        }

        return true;
    }

    private static byte ByteAt(int index) => (byte)((index * 31) + (index >> 8));
}
