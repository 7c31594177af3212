using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Builds the tasks of a row: a server and a client, each on a processor of its own where there are two.</summary>
internal sealed unsafe class PairStage
{
    private const ulong Priority = 100;
    private const int FirstBit = BrokerLayout.FirstSignal;

    private readonly ElfImage _image;
    private readonly ulong _apart;

    /// <summary>Makes what all rows have.</summary>
    public PairStage(BootInfo* information, Broker broker, ElfImage image)
    {
        Broker = broker;
        _image = image;
        _apart = information->NodeCount > 1 ? 1UL : 0;
        Endpoint = broker.MakeEndpoint();
    }

    /// <summary>Gets the broker.</summary>
    public Broker Broker { get; }

    /// <summary>Gets the endpoint between the two.</summary>
    public BrokerEndpoint Endpoint { get; }

    /// <summary>Gets whether each task has a processor to itself.</summary>
    public bool IsApart => _apart != 0;

    /// <summary>Builds a task that receives, and lets it run.</summary>
    public BrokerTask StartServer(PairRole role = PairRole.Serve, int count = 1)
    {
        BrokerTask task = Broker.Build(_image, Priority, _apart);
        task.LetReceive(Endpoint, PairLayout.Endpoint);
        task.Start(PairLayout.ArgumentOf(role, count));
        return task;
    }

    /// <summary>Builds a task that calls, and lets it run.</summary>
    public BrokerTask StartClient(PairRole role, int count = 1, ulong badge = 1)
    {
        BrokerTask task = Broker.Build(_image, Priority);
        task.LetCall(Endpoint, PairLayout.Endpoint, badge);
        task.Start(PairLayout.ArgumentOf(role, count));
        return task;
    }

    /// <summary>Signals a task.</summary>
    public static void Signal(BrokerTask task) => task.Ring(FirstBit);

    /// <summary>Signals a task, and waits for what it tells, or that it has ended.</summary>
    public BrokerNews Do(BrokerTask task)
    {
        Signal(task);
        return Await(task);
    }

    /// <summary>Serves until a task tells something, or has ended.</summary>
    public BrokerNews Await(BrokerTask task)
    {
        while (true)
        {
            BrokerNews news = Broker.Serve();
            if (news.Task == task)
                return news;
        }
    }
}
