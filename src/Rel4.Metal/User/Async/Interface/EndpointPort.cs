using Rel4.Abi;
using Rel4.Metal.User;

namespace Rel4.Runtime;

/// <summary>The place where a server takes what comes to its endpoint: tickets of clients that want a channel, and plain synchronous messages.</summary>
/// <remarks>
/// It never waits for a client, only for the broker. A client can have it take <see cref="BrokerLayout.Callers"/> synchronous messages in all, and <see cref="MostOpenings"/>
/// channels one after another: nothing that one leaves behind is collected.
/// </remarks>
internal sealed unsafe class EndpointPort
{
    private const int MostOpenings = 32;

    // Ticks of the time stamp counter between looks at the endpoint, while the task has other work: some milliseconds. Twice as many after each look in vain.
    private const long ShortestPause = 1 << 22;
    private const long LongestPause = 1 << 27;

    private readonly TaskRuntime _runtime;
    private SynchronousCall? _free;
    private ClientRecord? _clients;
    private long _nextLook;
    private long _pause = ShortestPause;

    /// <summary>Begins to receive.</summary>
    public EndpointPort(TaskRuntime runtime, ulong endpoint)
    {
        _runtime = runtime;
        Endpoint = endpoint;
        Listener = new Listener(runtime.Executor);
        for (int i = 0; i < BrokerLayout.Callers; i++)
            Return(new SynchronousCall(this, BrokerLayout.Replies + (ulong)i));
    }

    /// <summary>Gets the slot of the endpoint.</summary>
    public ulong Endpoint { get; }

    /// <summary>Gets who takes requests.</summary>
    public Listener Listener { get; }

    /// <summary>Gets whether another synchronous message can be taken.</summary>
    public bool HasRoom => _free is not null;

    /// <summary>Sleeps in the kernel until something comes.</summary>
    /// <returns>What was posted.</returns>
    public ulong Sleep()
    {
        MessageInfo info = SeL4.Recv(Endpoint, out ulong badge);
        return Take(info, badge);
    }

    /// <summary>Looks whether something has come, if it is time.</summary>
    public bool Look()
    {
        var now = (long)TaskCode.Timestamp();
        if (now < _nextLook)
            return false;
        MessageInfo info = SeL4.NBRecv(Endpoint, out ulong badge);
        _pause = badge == 0 ? Math.Min(2 * _pause, LongestPause) : ShortestPause;
        _nextLook = badge == 0 ? now + _pause : now;
        if (badge == 0)
            return false;
        ulong posted = Take(info, badge);
        for (int bit = 0; bit < 64; bit++)
        {
            if ((posted >> bit & 1) != 0)
                _runtime.Executor.Ring(bit);
        }

        return true;
    }

    /// <summary>Takes one back that was answered.</summary>
    public void Return(SynchronousCall call)
    {
        call.Next = _free;
        _free = call;
    }

    private ulong Take(MessageInfo info, ulong badge)
    {
        // A bell's word: no badge of an endpoint is without this bit.
        if ((badge & BrokerLayout.IsMessage) == 0)
            return badge;
        badge &= ~BrokerLayout.IsMessage;
        if (info.Label == (ulong)BrokerLabel.Open)
            Accept(info, badge);
        else
            Deliver(info, badge);
        if (info.ExtraCaps != 0)
            TaskRuntime.DropTicket();
        return 0;
    }

    private void Accept(MessageInfo info, ulong badge)
    {
        if (info.ExtraCaps != 1 || info.CapsUnwrapped != 0)
            return;
        ClientRecord client = Find(badge);
        bool mayOpen = client.Openings < MostOpenings;
        ulong number = 0;
        SeL4.SetCap(0, BrokerLayout.Ticket);
        if (!TaskRuntime.TryAsk(mayOpen ? BrokerLabel.Accept : BrokerLabel.Decline, ref number, capabilities: 1) || !mayOpen)
            return;
        client.Openings++;
        client.Open++;
        _runtime.Line((int)number).Accept(client, Listener);
    }

    private void Deliver(MessageInfo info, ulong badge)
    {
        SynchronousCall call = _free!;
        _free = call.Next;
        if (call.TryBegin(info, badge))
            Listener.Deliver(call);
    }

    private ClientRecord Find(ulong badge)
    {
        for (ClientRecord? client = _clients; client is not null; client = client.Next)
        {
            if (client.Badge == badge)
                return client;
        }

        return _clients = new ClientRecord(badge, BrokerLayout.MostMessageBytes, _clients);
    }
}
