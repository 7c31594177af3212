using Rel4.Contracts;

namespace Rel4.Nats.Tests;

/// <summary>Has all that a contract can have.</summary>
[Contract]
public interface IRemote
{
    ValueTask<int> AddAsync(int a, int b, CancellationToken cancel = default);

    ValueTask<byte[]> EchoAsync(byte[] bytes);

    /// <summary>Waits until it is cancelled.</summary>
    ValueTask WaitAsync(byte[] burden, CancellationToken cancel = default);

    /// <summary>Tells how many have begun to wait in <see cref="WaitAsync"/>.</summary>
    ValueTask<int> BegunAsync();

    /// <summary>Tells how many have been cancelled in <see cref="WaitAsync"/>.</summary>
    ValueTask<int> CancelledAsync();

    /// <summary>Fails by code 42.</summary>
    ValueTask FailAsync();

    /// <summary>Ends the server's process.</summary>
    ValueTask DieAsync();

    /// <summary>Doubles what comes, by the client.</summary>
    IAsyncEnumerable<int> DoubleAsync(IAsyncEnumerable<int> values, IDoubler doubler, CancellationToken cancel = default);
}
