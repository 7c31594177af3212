using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Is a task that the root task has built: one thread, with an address space and a CNode of its own, that takes commands.</summary>
internal unsafe struct ChildTask
{
    private ulong _entry;
    private ulong _commands;

    /// <summary>Gets the slot of its thread.</summary>
    public ulong Thread { get; private set; }

    /// <summary>Gets the slot of its CNode.</summary>
    public ulong Node { get; private set; }

    /// <summary>Gets its address space.</summary>
    public AddressSpace Space { get; private set; }

    /// <summary>Gets its command page, as the root task sees it.</summary>
    public CommandPage* Page { get; private set; }

    /// <summary>Gets its IPC buffer, as the root task sees it.</summary>
    public IpcBuffer* Buffer { get; private set; }

    /// <summary>Gets the slot of the root task's capability to its IPC buffer.</summary>
    public ulong BufferFrame { get; private set; }

    /// <summary>Gets whether it has done its last command; if not it waits for something, or has faulted.</summary>
    public readonly bool IsDone => Page->Completed == Page->Issued;

    /// <summary>Builds one and starts it.</summary>
    /// <param name="image">Its program.</param>
    /// <param name="priority">Its priority, above the root task's: it runs until it waits for a command before this returns.</param>
    public static ChildTask Start(ElfImage image, ulong priority) => Start(image, priority, AddressSpace.Make());

    /// <summary>Builds one in an address space that is empty, and starts it.</summary>
    public static ChildTask Start(ElfImage image, ulong priority, AddressSpace space)
    {
        var task = new ChildTask
        {
            _entry = image.Entry,
            _commands = Objects.Make(ObjectType.Notification),
            Thread = Objects.Make(ObjectType.Tcb),
            Node = Objects.Make(ObjectType.CapTable, TaskLayout.NodeBits),
            Space = space,
        };
        image.LoadInto(task.Space);
        task.BufferFrame = task.Space.MapNew(TaskLayout.IpcBuffer);
        task.Buffer = (IpcBuffer*)Window.Alias(task.BufferFrame);
        task.Page = (CommandPage*)Window.Alias(task.Space.MapNew(TaskLayout.Commands));

        var guard = new CNodeCapData(0, Limits.WordBits - TaskLayout.NodeBits);
        task.Grant(task._commands, TaskLayout.CommandSlot, CapRights.Read);
        task.Grant(task.Node, TaskLayout.NodeSlot, CapRights.All, guard.Raw);
        Terminal.Require(
            SeL4.TCB_Configure(
                task.Thread, TaskLayout.FaultSlot, task.Node, guard.Raw, task.Space.Root, 0, TaskLayout.IpcBuffer, task.BufferFrame),
            "configuring a thread"u8);
        task.SetPriority(priority);
        task.Restart();
        return task;
    }

    /// <summary>Starts the program anew, wherever the thread is.</summary>
    public readonly void Restart()
    {
        Stop();
        SeL4.Poll(_commands, out _);
        Page->Completed = Page->Issued;
        UserContext registers = default;
        registers.Rip = _entry;
        Terminal.Require(
            SeL4.TCB_WriteRegisters(Thread, true, 0, UserContext.Count, &registers), "starting a thread"u8);
    }

    /// <summary>Stops the thread, wherever it is.</summary>
    public readonly void Stop() => Terminal.Require(SeL4.TCB_Suspend(Thread), "suspending a thread"u8);

    /// <summary>Changes its priority.</summary>
    public readonly void SetPriority(ulong priority) =>
        Terminal.Require(SeL4.TCB_SetPriority(Thread, RootSlot.Tcb, priority), "setting a priority"u8);

    /// <summary>Gives it a capability of the root task's.</summary>
    public readonly void Grant(ulong source, ulong slot, CapRights rights, ulong badge = 0) =>
        Terminal.Require(
            SeL4.CNode_Mint(Node, slot, TaskLayout.NodeBits, RootSlot.CNode, source, Limits.WordBits, rights, badge),
            "granting a capability"u8);

    /// <summary>Takes the capability in one of its slots away.</summary>
    public readonly void TakeAway(ulong slot) =>
        Terminal.Require(SeL4.CNode_Delete(Node, slot, TaskLayout.NodeBits), "taking a capability away"u8);

    /// <summary>Lets it make a system call.</summary>
    public readonly void Trap(Syscall call, ulong capability, MessageInfo info = default, Words words = default)
    {
        Page->Call = call;
        Page->Sent = words;
        Command(WorkerCommand.SystemCall, capability, info.Raw);
    }

    /// <summary>Lets it do something.</summary>
    public readonly void Command(WorkerCommand command, ulong target = 0, ulong argument = 0)
    {
        Page->Command = command;
        Page->Target = target;
        Page->Argument = argument;
        Page->Turns = 0;
        Page->Issued++;
        SeL4.Signal(_commands);
    }
}
