using System.Numerics;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Builds a store and a load, each on a processor of its own where there are two.</summary>
internal sealed unsafe class KvStage
{
    private const ulong Priority = 100;
    private const int Channels = 4;
    private const ulong LoadsModules = Window.Modules + (1UL << 27);

    private readonly Broker _broker;
    private readonly ElfImage _store;
    private readonly ElfImage _load;
    private readonly BrokerEndpoint _endpoint;
    private readonly ulong _apart;

    /// <summary>Makes what all have.</summary>
    public KvStage(BootInfo* information)
    {
        _broker = new Broker(information, Channels);
        _store = ElfImage.Open(BootModuleFile.Map(information, "store"u8, Window.Modules));
        _load = ElfImage.Open(BootModuleFile.Map(information, "load"u8, LoadsModules));
        _endpoint = _broker.MakeEndpoint();
        _apart = information->NodeCount > 1 ? 1UL : 0;
    }

    /// <summary>Builds a store, and lets it run.</summary>
    public BrokerTask StartStore(KvRole role, uint words = 0, ulong work = 0)
    {
        BrokerTask task = _broker.Build(_store, Priority, _apart);
        task.LetReceive(_endpoint, KvLayout.Endpoint);
        task.Start(KvLayout.ArgumentOf(role, words, work));
        return task;
    }

    /// <summary>Builds a load, and lets it run.</summary>
    public BrokerTask StartLoad(KvRole role, uint words = 0)
    {
        BrokerTask task = BuildCaller(_load);
        task.Start(KvLayout.ArgumentOf(role, words, work: 0));
        return task;
    }

    /// <summary>Builds a task that may call the store.</summary>
    public BrokerTask BuildCaller(ElfImage image)
    {
        BrokerTask task = _broker.Build(image, Priority);
        task.LetCall(_endpoint, KvLayout.Endpoint, badge: 1);
        return task;
    }

    /// <summary>Ends a task.</summary>
    public void End(BrokerTask task) => _broker.End(task);

    /// <summary>Signals the load, and waits for what it tells.</summary>
    /// <param name="load">The load.</param>
    /// <param name="callers">A power of two.</param>
    public Words Do(BrokerTask load, int callers = 1)
    {
        load.Ring(BrokerLayout.FirstSignal + BitOperations.Log2((ulong)callers));
        return Await();
    }

    /// <summary>Waits for what the load tells.</summary>
    public Words Await()
    {
        BrokerNews news = _broker.Serve();
        if (news.HasEnded)
            Terminal.Panic("the store or the load has faulted"u8);
        return news.Words;
    }
}
