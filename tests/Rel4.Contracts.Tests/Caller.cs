using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>Tells a caller its badge.</summary>
internal sealed class Caller(ulong badge) : ICaller
{
    public ValueTask<ulong> BadgeAsync() => new(badge);

    public async ValueTask<ulong> BadgeLaterAsync(IWatcher watcher)
    {
        await Executor.Current!.Yield();
        await watcher.DoubleAsync(1);
        return badge;
    }

    public async IAsyncEnumerable<ulong> BadgesAsync(IAsyncEnumerable<int> values)
    {
        await foreach (int _ in values)
            yield return badge;
    }
}
