using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Builds the tasks of a row: a server and clients, apart from each other where there are two processors.</summary>
internal sealed unsafe class PairStage
{
    private readonly ElfImage _image;

    /// <summary>Makes what all rows have.</summary>
    public PairStage(BootInfo* information, Broker broker, ElfImage image)
    {
        Broker = broker;
        _image = image;
        IsApart = information->NodeCount > 1;
        IsLong = ExtraInformation.HasOption(information, "soak"u8);
        Endpoint = broker.MakeEndpoint();
    }

    /// <summary>Gets the broker.</summary>
    public Broker Broker { get; }

    /// <summary>Gets the endpoint between server and clients.</summary>
    public BrokerEndpoint Endpoint { get; }

    /// <summary>Gets whether server and clients each have a processor.</summary>
    public bool IsApart { get; }

    /// <summary>Gets whether to do everything as often as is worth while.</summary>
    public bool IsLong { get; }

    /// <summary>Builds a task that receives, and lets it run.</summary>
    public BrokerTask StartServer(PairRole role = PairRole.Serve, int count = 1)
    {
        BrokerTask task = Broker.Build(_image, PairLayout.Priority, IsApart ? 1UL : 0);
        task.LetReceive(Endpoint, PairLayout.Endpoint);
        task.Start(PairLayout.ArgumentOf(role, count));
        return task;
    }

    /// <summary>Builds a task that calls, and lets it run.</summary>
    public BrokerTask StartClient(PairRole role, int count = 1, ulong badge = 1, int calls = PairLayout.CallsOfOne)
    {
        BrokerTask task = Broker.Build(_image, PairLayout.Priority);
        task.LetCall(Endpoint, PairLayout.Endpoint, badge);
        task.Start(PairLayout.ArgumentOf(role, count, calls));
        return task;
    }

    /// <summary>Builds a task that calls and has the server's processor, and lets it run.</summary>
    public BrokerTask StartClientBesideServer(PairRole role, int count)
    {
        BrokerTask task = Broker.Build(_image, PairLayout.Priority, IsApart ? 1UL : 0);
        task.LetCall(Endpoint, PairLayout.Endpoint, badge: 1);
        task.Start(PairLayout.ArgumentOf(role, count));
        return task;
    }

    /// <summary>Builds two tasks that signal each other, and lets them run.</summary>
    public (BrokerTask First, BrokerTask Second) StartSignallers(PairRole first, PairRole second, int count)
    {
        BrokerTask one = Broker.Build(_image, PairLayout.Priority), other = Broker.Build(_image, PairLayout.Priority, IsApart ? 1UL : 0);
        one.LetSignal(other, PairLayout.SecondBit, PairLayout.Other);
        other.LetSignal(one, PairLayout.FirstBit, PairLayout.Other);
        other.Start(PairLayout.ArgumentOf(second, count));
        one.Start(PairLayout.ArgumentOf(first, count));
        return (one, other);
    }

    /// <summary>Signals a task, and waits for what it tells, or that it has ended.</summary>
    public BrokerNews Do(BrokerTask task)
    {
        task.Ring(PairLayout.GoBit);
        return Await(task);
    }

    /// <summary>Builds a client, waits for what it tells, and ends it.</summary>
    public Words Try(PairRole role, int count = 1, ulong badge = 1)
    {
        BrokerTask client = StartClient(role, count, badge);
        BrokerNews news = Do(client);
        Broker.End(client);
        return news.HasEnded ? new Words { Word0 = ulong.MaxValue } : news.Words;
    }

    /// <summary>Lets the tasks run for a while, and serves them.</summary>
    /// <param name="turns">How often others have the processor.</param>
    /// <param name="ticks">For how long something is done here between.</param>
    /// <param name="news">What a task told, which ends it.</param>
    /// <returns>Whether one did.</returns>
    public bool Pass(ulong turns, ulong ticks, out BrokerNews news)
    {
        news = default;
        bool hasNews = false;
        for (ulong i = 0; i < turns && !hasNews; i++)
        {
            SetPriority(PairLayout.Priority);
            SeL4.Yield();
            for (ulong end = TaskCode.Timestamp() + ticks; TaskCode.Timestamp() < end;)
            {
            }

            SetPriority(Broker.HighestPriority);
            hasNews = Broker.TryServe(out news);
        }

        return hasNews;
    }

    private static void SetPriority(ulong priority) => Terminal.Require(SeL4.TCB_SetPriority(RootSlot.Tcb, RootSlot.Tcb, priority), "setting the root task's priority"u8);

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
