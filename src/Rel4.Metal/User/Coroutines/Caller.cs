using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls many times, one call after another.</summary>
internal sealed class Caller(Calls.Client client, ulong number)
{
    private ulong _sum;

    /// <summary>Gets the sum of the replies.</summary>
    public ulong Sum => _sum;

    /// <summary>Calls.</summary>
    public static async CoTask CallManyAsync(Caller caller)
    {
        for (ulong i = 0; i < Calls.CallsOfOne; i++)
            caller._sum += await caller.CallAsync(i);
    }

    private async CoTask<ulong> CallAsync(ulong i) => await client.Call(number + i);
}
