using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Metal.User;

/// <summary>The memory of a channel, which is the broker's: two frames, each written by one end and read by the other.</summary>
/// <remarks>Invariant: what is made of the memory is there exactly while one of both ends is.</remarks>
internal sealed unsafe class BrokerChannel
{
    private const ulong BlockBits = BrokerLayout.FrameBits + 1;

    private readonly ulong _block;
    private readonly ulong _frames;
    private readonly ulong _readOnly;
    private readonly ulong _bells;
    private readonly BrokerTask?[] _tasks = new BrokerTask?[2];
    private readonly int[] _numbers = new int[2];

    // The handle of each end's sender; 0 for none.
    private readonly ulong[] _registered = new ulong[2];

    /// <summary>Takes the memory.</summary>
    public BrokerChannel()
    {
        _block = Objects.Make(ObjectType.Untyped, BlockBits);
        _frames = Objects.TakeSlots(2);
        _readOnly = Objects.TakeSlots(2);
        _bells = Objects.TakeSlots(2);
    }

    /// <summary>Gets whether it is nobody's.</summary>
    public bool IsFree => _tasks[0] is null && _tasks[1] is null;

    /// <summary>Gets whether it is between two tasks.</summary>
    public bool IsBetween(BrokerTask client, BrokerTask server) => _tasks[0] == client && _tasks[1] == server;

    /// <summary>Makes the frames, maps them, and lets each end ring the other.</summary>
    /// <returns>False if memory or one of the tasks is gone.</returns>
    public bool TryOpen(BrokerTask client, int clientNumber, BrokerTask server, int serverNumber)
    {
        _tasks[0] = client;
        _tasks[1] = server;
        _numbers[0] = clientNumber;
        _numbers[1] = serverNumber;
        if (Objects.TryMake(_block, ObjectType.LargePage, 0, _frames, 2) != SeL4Error.NoError || !TryMap(0) || !TryMap(1))
        {
            Free();
            return false;
        }

        for (int end = 0; end < 2; end++)
        {
            client = _tasks[end]!;
            client.Ends[_numbers[end]].Channel = this;
            client.Show(_numbers[end], ChannelStage.Open, RegisterSender(end));
        }

        return true;
    }

    /// <summary>Takes an end away from its task, which looks at the frames no more, or runs no more; tells the other.</summary>
    public void Leave(BrokerTask task, int number)
    {
        int end = _tasks[0] == task && _numbers[0] == number ? 0 : 1;
        UnregisterSender(end);
        SeL4.X86_Page_Unmap(_frames + (ulong)end);
        SeL4.X86_Page_Unmap(_readOnly + (ulong)(1 - end));
        task.Ends[number].Channel = null;
        task.Show(number, ChannelStage.Free);
        _tasks[end] = null;
        if (_tasks[1 - end] is not { } other)
        {
            Free();
            return;
        }

        other.Show(_numbers[1 - end], ChannelStage.Closed);
        other.Ring(_numbers[1 - end]);
    }

    private bool TryMap(int end)
    {
        ulong frame = _frames + (ulong)end, readOnly = _readOnly + (ulong)end;
        var header = (ChannelFrame*)Window.Formatting;
        AddressSpace.Own.Map(frame, Window.Formatting, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        ChannelEnd.Format(header, (nuint)BrokerLayout.FrameBytes, TaskRuntime.Options);
        SeL4.X86_Page_Unmap(frame);
        return SeL4.CNode_Copy(RootSlot.CNode, readOnly, Limits.WordBits, RootSlot.CNode, frame, Limits.WordBits, CapRights.Read) == SeL4Error.NoError
            && SeL4.X86_Page_Map(frame, _tasks[end]!.Space.Root, BrokerLayout.OwnFrameOf(_numbers[end]), CapRights.ReadWrite, X86VMAttributes.ExecuteNever) == SeL4Error.NoError
            && SeL4.X86_Page_Map(
                readOnly, _tasks[1 - end]!.Space.Root, BrokerLayout.OwnFrameOf(_numbers[1 - end]) + BrokerLayout.FrameBytes, CapRights.Read, X86VMAttributes.ExecuteNever)
                == SeL4Error.NoError;
    }

    /// <summary>Lets an end ring the other.</summary>
    /// <returns>One more than the index of the sender; 0 if it is to ring through the kernel.</returns>
    private uint RegisterSender(int end)
    {
        BrokerTask task = _tasks[end]!, other = _tasks[1 - end]!;
        ulong bell = _bells + (ulong)end, badge = 1UL << _numbers[1 - end];
        _registered[end] = 0;
        if (Objects.TryMint(other.Bell, bell, badge) == SeL4Error.NoError && SeL4.TCB_RegisterSender(task.Thread, bell, out SenderHandle handle) == SeL4Error.NoError)
        {
            _registered[end] = handle.Raw;
            return handle.Index + 1U;
        }

        _ = task.TryGrant(other.Bell, BrokerLayout.PeerBells + (ulong)_numbers[end], CapRights.Write, badge);
        return 0;
    }

    private void UnregisterSender(int end)
    {
        ulong bell = _bells + (ulong)end;
        if (_registered[end] != 0)
            SeL4.TCB_UnregisterSender(_tasks[end]!.Thread, new SenderHandle(_registered[end]));
        else
            _tasks[end]!.TakeAway(BrokerLayout.PeerBells + (ulong)_numbers[end]);
        Objects.Delete(bell);
    }

    private void Free()
    {
        _tasks[0] = _tasks[1] = null;
        Terminal.Require(Objects.Revoke(_block), "taking a channel's memory back"u8);
    }
}
