namespace Rel4.Runtime;

/// <summary>Is the acceptors of this process, one for each endpoint that an executor has received from.</summary>
/// <remarks>
/// An acceptor waits in the kernel for as long as the process has the capability, and so outlives the executor that it began with. Until another executor receives
/// from the endpoint, it refuses whoever comes.
/// </remarks>
internal sealed class ChannelAcceptors
{
    /// <summary>How many there may be. Each costs a thread.</summary>
    private const int MostAcceptors = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, ChannelAcceptor> _acceptors = [];

    /// <summary>Has what comes to an endpoint go to a listener.</summary>
    /// <exception cref="InvalidOperationException">Another executor of this process receives from it, or the process receives from too many.</exception>
    public void Listen(AsyncMachine machine, EndpointCap endpoint, Doorbells doorbells, Listener listener)
    {
        lock (_lock)
        {
            if (!_acceptors.TryGetValue(endpoint.CPtr, out ChannelAcceptor? acceptor) || acceptor.HasEnded)
            {
                RequireRoom(endpoint);
                acceptor = new ChannelAcceptor(machine, endpoint, new AcceptedBy(doorbells, listener));
                _acceptors[endpoint.CPtr] = acceptor;
                machine.Threads.PostBlocking(noThread =>
                {
                    acceptor.Run(noThread);
                    Forget(endpoint, acceptor);
                });
            }
            else if (!acceptor.TryTakeOver(new AcceptedBy(doorbells, listener)))
            {
                throw new InvalidOperationException(
                    $"Another executor of this process receives from {AsyncMachine.Describe("endpoint", endpoint.CPtr)}. Receive from it on one, or through two endpoints.");
            }
        }
    }

    private void Forget(EndpointCap endpoint, ChannelAcceptor ended)
    {
        lock (_lock)
        {
            if (_acceptors.GetValueOrDefault(endpoint.CPtr) == ended)
                _acceptors.Remove(endpoint.CPtr);
        }
    }

    private void RequireRoom(EndpointCap endpoint)
    {
        if (_acceptors.Values.Count(acceptor => !acceptor.HasEnded) < MostAcceptors)
            return;
        throw new InvalidOperationException(
            $"This process receives from {MostAcceptors} endpoints already, so it can't from {AsyncMachine.Describe("endpoint", endpoint.CPtr)}: each takes a thread "
            + "for as long as the process lives. Tell clients apart by their badges at one endpoint, or receive in another process.");
    }
}

/// <summary>Names whom an acceptor accepts for.</summary>
/// <param name="Doorbells">What peers wake it by.</param>
/// <param name="Listener">Who takes requests.</param>
internal sealed record AcceptedBy(Doorbells Doorbells, Listener Listener);
