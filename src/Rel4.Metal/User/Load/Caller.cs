using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls many times, one call after another.</summary>
/// <param name="number">Which caller it is, from 0.</param>
internal sealed class Caller(ulong number)
{
    private readonly byte[] _request = new byte[KvMessage.Longest];
    private ulong _right;

    /// <summary>Gets or sets how many calls it makes.</summary>
    public ulong Calls { get; set; }

    /// <summary>Gets or sets the coroutine that makes them.</summary>
    public CoroutineId Id { get; set; }

    /// <summary>Gets how many replies were right since the last time.</summary>
    public ulong TakeRight()
    {
        ulong right = _right;
        _right = 0;
        return right;
    }

    /// <summary>Makes the calls.</summary>
    public static async CoTask CallManyAsync(Caller caller)
    {
        for (ulong i = 0; i < caller.Calls; i++)
        {
            int bytes = Exchange.Write(caller._request, caller.Number, i, out ushort label);
            using IpcResponse reply = await ReL4.Call(KvLayout.Endpoint, label, caller._request.AsMemory(0, bytes));
            if (Exchange.IsRight(caller.Number, i, reply.Label, reply.Payload))
                caller._right++;
        }
    }

    private ulong Number => number;
}
