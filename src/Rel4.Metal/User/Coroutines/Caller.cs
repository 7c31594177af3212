using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls many times, one call after another.</summary>
internal sealed class Caller(ChannelSource client, ulong number)
{
    private ulong _sum;

    /// <summary>Gets the sum of the replies since the last time.</summary>
    public ulong TakeSum()
    {
        ulong sum = _sum;
        _sum = 0;
        return sum;
    }

    /// <summary>Makes many calls.</summary>
    public static async CoTask CallManyAsync(Caller caller)
    {
        for (ulong i = 0; i < Calls.CallsOfOne; i++)
            caller._sum += await caller.CallAsync(i);
    }

    /// <summary>Calls with a long message that comes back; counts 1 if it is the same.</summary>
    public static async CoTask EchoAsync(Caller caller)
    {
        using IpcResponse reply = await caller.CallLong();
        caller._sum = IsLong(reply.Payload) ? 1UL : 0;
    }

    /// <summary>Makes a call whose request is ended without a reply; counts 1 if that is told.</summary>
    public static async CoTask CallUnansweredAsync(Caller caller)
    {
        (CompletionOutcome outcome, _) = await caller.Call(Server.Forget, 0).WithOutcome();
        caller._sum = outcome == CompletionOutcome.Abandoned ? 1UL : 0;
    }

    /// <summary>Makes a call at which the server closes the channel; counts 1 if that is told.</summary>
    public static async CoTask CallClosedAsync(Caller caller)
    {
        (CompletionOutcome outcome, _) = await caller.Call(Server.Close, 0).WithOutcome();
        caller._sum = outcome == CompletionOutcome.Closed ? 1UL : 0;
    }

    private async CoTask<ulong> CallAsync(ulong i)
    {
        using IpcResponse reply = await Call(Server.Count, number + i);
        return NumberIn(reply);
    }

    private unsafe CoTask<IpcResponse> Call(ushort label, ulong argument) => client.Call(label, new ReadOnlySpan<byte>(&argument, sizeof(ulong)));

    private unsafe CoTask<IpcResponse> CallLong()
    {
        byte* message = (byte*)Heap.Take(Calls.LongBytes);
        for (int i = 0; i < Calls.LongBytes; i++)
            message[i] = ByteAt(i);
        return client.Call(Server.Echo, new ReadOnlySpan<byte>(message, Calls.LongBytes));
    }

    private static unsafe ulong NumberIn(in IpcResponse reply)
    {
        fixed (byte* payload = reply.Payload)
            return *(ulong*)payload;
    }

    private static bool IsLong(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != Calls.LongBytes)
            return false;
        for (int i = 0; i < payload.Length; i++)
        {
            if (payload[i] != ByteAt(i))
                return false;
        }

        return true;
    }

    private static byte ByteAt(int index) => (byte)(index * 31 + (index >> 8));
}
