using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Builds tasks, opens channels between them, and takes back what those had that have ended.</summary>
/// <remarks>
/// <para>It is the root task's, which serves by it (<see cref="Serve"/>) whenever it has nothing else to do: tasks that ask wait that long. It never waits for a task.</para>
/// <para>All memory of channels is the broker's, so that none can take it away under another. Nothing that a task sends is believed but what the kernel says of its badges.</para>
/// </remarks>
internal sealed unsafe class Broker
{
    /// <summary>The priority of the root task, which is above those of all tasks, so that whoever asks is answered at once.</summary>
    public const ulong HighestPriority = 255;

    /// <summary>Tasks at a time.</summary>
    public const int MostTasks = 8;

    /// <summary>Channels from one task to another.</summary>
    public const int MostOfPair = 2;

    private const int MostEndpoints = 16;
    private const int KindShift = 8;
    private const int ChannelShift = 10;
    private const int GenerationShift = 16;
    private const ulong NumberMask = (1 << KindShift) - 1;
    private const ulong KindMask = 3;
    private const ulong ChannelMask = 63;

    private readonly BootInfo* _information;
    private readonly ulong _endpoint = Objects.Make(ObjectType.Endpoint);
    private readonly BrokerTask?[] _tasks = new BrokerTask?[MostTasks];
    private readonly BrokerChannel[] _channels;
    private readonly BrokerEndpoint?[] _endpoints = new BrokerEndpoint?[MostEndpoints];
    private ulong _tickets;

    /// <summary>Makes it.</summary>
    /// <param name="information">What the kernel told the root task.</param>
    /// <param name="channels">Channels at a time, for each of which 4 MiB are kept.</param>
    public Broker(BootInfo* information, int channels)
    {
        _information = information;
        _channels = new BrokerChannel[channels];
        for (int i = 0; i < channels; i++)
            _channels[i] = new BrokerChannel();
    }

    /// <summary>Gets how many channels are free.</summary>
    public int FreeChannels
    {
        get
        {
            int count = 0;
            for (int i = 0; i < _channels.Length; i++)
                count += _channels[i].IsFree ? 1 : 0;
            return count;
        }
    }

    /// <summary>Makes the badge of a task's capability of the broker's endpoint.</summary>
    public static ulong BadgeOf(BrokerTask task, BrokerBadge kind) => (task.Generation << GenerationShift) | ((ulong)kind << KindShift) | task.Number;

    /// <summary>Builds a task, which does not run yet.</summary>
    /// <param name="image">Its program.</param>
    /// <param name="priority">Its priority, below the broker's.</param>
    /// <param name="processor">Its processor.</param>
    public BrokerTask Build(ElfImage image, ulong priority, ulong processor = 0)
    {
        uint number = 0;
        while (_tasks[number] is { IsAlive: true })
            number++;
        BrokerTask task = _tasks[number] ??= new BrokerTask(number);
        task.Build(image, _endpoint, priority, processor, _information->NodeCount);
        return task;
    }

    /// <summary>Makes an endpoint.</summary>
    public BrokerEndpoint MakeEndpoint()
    {
        int number = 0;
        while (_endpoints[number] is not null)
            number++;
        return _endpoints[number] = new BrokerEndpoint();
    }

    /// <summary>Serves the tasks until one tells something, or ends.</summary>
    public BrokerNews Serve()
    {
        while (true)
        {
            MessageInfo info = SeL4.Recv(_endpoint, out ulong badge);
            if (TryTake(info, badge, out BrokerNews news))
                return news;
        }
    }

    /// <summary>Serves a task that asks just now, if one does.</summary>
    /// <returns>Whether one has told something, or ended.</returns>
    public bool TryServe(out BrokerNews news)
    {
        news = default;
        MessageInfo info = SeL4.NBRecv(_endpoint, out ulong badge);
        return badge != 0 && TryTake(info, badge, out news);
    }

    /// <summary>Ends a task, whatever it does and whatever is left of it: its peers are told, and its memory is free.</summary>
    public void End(BrokerTask task)
    {
        if (!task.IsAlive)
            return;
        Close(task);
        task.Free();
    }

    /// <summary>Ends a task, and leaves its memory as it is.</summary>
    public void Close(BrokerTask task)
    {
        task.Stop();
        for (int number = 0; number < BrokerLayout.Channels; number++)
        {
            BrokerEnd end = task.Ends[(int)number];
            end.EndTicket();
            if (end.Channel is { } channel)
                channel.Leave(task, number);
            end.Stage = ChannelStage.Free;
        }

        for (int i = 0; i < MostEndpoints; i++)
        {
            if (_endpoints[i] is not { } endpoint || endpoint.Server != task)
                continue;
            endpoint.End();
            CloseTicketsFor(endpoint);
        }
    }

    private bool TryTake(MessageInfo info, ulong badge, out BrokerNews news)
    {
        var words = new Words { Word0 = SeL4.GetMR(0), Word1 = SeL4.GetMR(1), Word2 = SeL4.GetMR(2), Word3 = SeL4.GetMR(3) };
        news = default;
        if (Find(badge) is not { } task)
        {
            Refuse(BrokerRefusal.Unknown);
            return false;
        }

        bool hasEnded = KindOf(badge) == BrokerBadge.Fault;
        if (hasEnded)
        {
            End(task);
        }
        else if (info.Label != (ulong)BrokerLabel.Tell)
        {
            Answer(task, info, words.Word0);
            return false;
        }

        news = new BrokerNews(task, hasEnded, words);
        return true;
    }

    private void Answer(BrokerTask task, MessageInfo info, ulong word)
    {
        switch ((BrokerLabel)info.Label)
        {
            case BrokerLabel.Ask:
                Ask(task, word);
                break;
            case BrokerLabel.Accept:
                Accept(task, TicketOf(info));
                break;
            case BrokerLabel.Decline:
                Decline(TicketOf(info));
                break;
            case BrokerLabel.Leave:
                Leave(task, word);
                break;
            default:
                Refuse(BrokerRefusal.Unknown);
                break;
        }
    }

    private void Ask(BrokerTask task, ulong slot)
    {
        BrokerEndpoint? endpoint = slot < (ulong)task.Callable.Length ? task.Callable[(int)slot] : null;
        if (endpoint is null)
        {
            // Nobody would take the ticket from there, and nobody would say so.
            Refuse(BrokerRefusal.Unknown);
            return;
        }

        // Destroyed by somebody who has told nobody: whoever sent to it would wait for ever.
        if (endpoint.Server is { HasThread: false } server)
            End(server);
        int number = task.FindFree();
        if (number < 0 || endpoint.HasEnded)
        {
            Refuse(number < 0 ? BrokerRefusal.NoRoom : BrokerRefusal.Ended);
            return;
        }

        BrokerEnd end = task.Ends[(int)number];
        end.For = endpoint;
        end.TicketBadge = (++_tickets << GenerationShift) | ((ulong)number << ChannelShift) | ((ulong)BrokerBadge.Ticket << KindShift) | task.Number;
        Terminal.Require(
            SeL4.CNode_Mint(RootSlot.CNode, end.Ticket, Limits.WordBits, RootSlot.CNode, _endpoint, Limits.WordBits, CapRights.None, end.TicketBadge), "minting a ticket"u8);
        task.Show(number, ChannelStage.Asked);
        SeL4.SetCap(0, end.Ticket);
        SeL4.SetMR(0, (ulong)number);
        SeL4.Reply(new MessageInfo((ulong)BrokerRefusal.None, 0, 1, 1));
    }

    private void Accept(BrokerTask server, ulong ticket)
    {
        if (Claim(ticket, out int clientNumber) is not { } client)
        {
            Refuse(BrokerRefusal.BadTicket);
            return;
        }

        int serverNumber = server.FindFree();
        bool isOpen = server != client && serverNumber >= 0 && FindChannelFor(client, server) is { } channel && channel.TryOpen(client, clientNumber, server, serverNumber);
        if (!isOpen)
            client.Show(clientNumber, ChannelStage.Closed);
        client.Ring(clientNumber);
        if (!isOpen)
        {
            Refuse(BrokerRefusal.NoRoom);
            return;
        }

        SeL4.SetMR(0, (ulong)serverNumber);
        SeL4.Reply(new MessageInfo((ulong)BrokerRefusal.None, 0, 0, 1));
    }

    private void Decline(ulong ticket)
    {
        BrokerTask? client = Claim(ticket, out int number);
        client?.Show(number, ChannelStage.Closed);
        client?.Ring(number);
        Refuse(client is null ? BrokerRefusal.BadTicket : BrokerRefusal.None);
    }

    /// <summary>Takes a ticket, which is good once, whatever comes of it.</summary>
    /// <returns>Whose it is; null if it is none.</returns>
    private BrokerTask? Claim(ulong ticket, out int number)
    {
        number = (int)((ticket >> ChannelShift) & ChannelMask);
        if (KindOf(ticket) != BrokerBadge.Ticket || ticket >> GenerationShift == 0 || _tasks[(int)(ticket & NumberMask)] is not { IsAlive: true } client
            || client.Ends[number].TicketBadge != ticket)
            return null;
        client.Ends[number].EndTicket();
        return client;
    }

    // Of its own endpoint the kernel tells the badge only: this one was not made by a task.
    private static ulong TicketOf(MessageInfo info) => (info.CapsUnwrapped & 1) != 0 ? SeL4.GetBadge(0) : 0;

    private static void Leave(BrokerTask task, ulong number)
    {
        if (number >= BrokerLayout.Channels || task.Ends[(int)number].Stage == ChannelStage.Free)
        {
            Refuse(BrokerRefusal.Unknown);
            return;
        }

        BrokerEnd end = task.Ends[(int)number];
        end.EndTicket();
        if (end.Channel is { } channel)
            channel.Leave(task, (int)number);
        else
            task.Show((int)number, ChannelStage.Free);
        Refuse(BrokerRefusal.None);
    }

    private static void Refuse(BrokerRefusal refusal) => SeL4.Reply(new MessageInfo((ulong)refusal, 0, 0, 0));

    private static BrokerBadge KindOf(ulong badge) => (BrokerBadge)((badge >> KindShift) & KindMask);

    private BrokerTask? Find(ulong badge) =>
        (badge & NumberMask) < MostTasks && _tasks[(int)(badge & NumberMask)] is { IsAlive: true } task && KindOf(badge) != BrokerBadge.Ticket && badge == BadgeOf(task, KindOf(badge)) ? task : null;

    private BrokerChannel? FindChannelFor(BrokerTask client, BrokerTask server)
    {
        BrokerChannel? free = null;
        int count = 0;
        for (int i = 0; i < _channels.Length; i++)
        {
            if (_channels[i].IsFree)
                free = _channels[i];
            else if (_channels[i].IsBetween(client, server))
                count++;
        }

        return count < MostOfPair ? free : null;
    }

    private void CloseTicketsFor(BrokerEndpoint endpoint)
    {
        for (int i = 0; i < MostTasks; i++)
        {
            if (_tasks[i] is not { IsAlive: true } task)
                continue;
            for (int number = 0; number < BrokerLayout.Channels; number++)
            {
                BrokerEnd end = task.Ends[(int)number];
                if (end.Stage != ChannelStage.Asked || end.For != endpoint)
                    continue;
                end.EndTicket();
                task.Show(number, ChannelStage.Closed);
                task.Ring(number);
            }
        }
    }
}
