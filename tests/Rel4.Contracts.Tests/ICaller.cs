namespace Rel4.Contracts.Tests;

/// <summary>Tells clients who they are.</summary>
[Contract]
internal interface ICaller
{
    ValueTask<ulong> BadgeAsync();

    /// <summary>Tells it once the method, and a callback, have waited.</summary>
    ValueTask<ulong> BadgeLaterAsync(IWatcher watcher);

    /// <summary>Tells it with each item of the client's stream.</summary>
    IAsyncEnumerable<ulong> BadgesAsync(IAsyncEnumerable<int> values);
}
