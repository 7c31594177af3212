using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls many times, one call after another.</summary>
internal sealed class Caller(Calls.Client client, ulong number)
{
    private ulong _sum;

    /// <summary>Gets the sum of the replies since the last time.</summary>
    public ulong TakeSum()
    {
        ulong sum = _sum;
        _sum = 0;
        return sum;
    }

    /// <summary>Calls.</summary>
    public static async CoTask CallManyAsync(Caller caller)
    {
        for (ulong i = 0; i < Calls.CallsOfOne; i++)
            caller._sum += await caller.CallAsync(i);
    }

    private async CoTask<ulong> CallAsync(ulong i) => await client.Call(number + i);
}
