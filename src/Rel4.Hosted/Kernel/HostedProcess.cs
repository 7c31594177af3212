using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Kernel;

/// <summary>Keeps what the kernel knows of the process that an address space stands for.</summary>
internal sealed unsafe class HostedProcess(int number, ulong name, void* space, int socket, int pidDescriptor, HostedProcess? attachedBy)
{
    // Null for the root task's process only.
    private readonly HostedProcess? _attachedBy = attachedBy;
    private ulong _slotsBuried;

    /// <summary>Gets its place in the kernel's table.</summary>
    public int Number { get; } = number;

    /// <summary>Gets what the core knows it by (<see cref="Rel4.Kernel.Tcb.Process"/>). No other ever gets it, unlike <see cref="Number"/>.</summary>
    public ulong Name { get; } = name;

    /// <summary>Gets the VSpace object.</summary>
    public void* Space { get; } = space;

    /// <summary>Gets or sets the socket over which it gets descriptors; -1 once it is closed.</summary>
    public int Socket { get; set; } = socket;

    /// <summary>Gets the pidfd, or what else becomes readable at its end; -1 for the process that the kernel runs in.</summary>
    public int PidDescriptor { get; } = pidDescriptor;

    /// <summary>Gets Linux's number of the process; 0 where that can't be told, or it is none of its own.</summary>
    public int Id { get; } = pidDescriptor < 0 ? Environment.ProcessId : ProcessDescriptor.Id(pidDescriptor);

    /// <summary>Gets or sets how many frames it was sent, which tells them apart.</summary>
    public ulong FramesSent { get; set; }

    /// <summary>Gets whether the kernel may act on the process: kill it when its address space dies, say where its threads run.</summary>
    /// <remarks>
    /// It acts with its own rights, whoever handed the pidfd over: a task could hand over that of a process on which it may not act itself. So
    /// only the root task's word is taken for it.
    /// </remarks>
    public bool IsVouchedFor { get; } = attachedBy == null || attachedBy._attachedBy == null;

    /// <summary>Gets whether it is the root task's, which composes the system: the tables are its own.</summary>
    public bool IsRoot => _attachedBy == null;

    /// <summary>Gets the process that the root task attached and this one stems from, itself maybe: what a task has others attach is charged to it.</summary>
    public HostedProcess Payer
    {
        get
        {
            HostedProcess payer = this;
            while (!payer.IsVouchedFor)
                payer = payer._attachedBy!;
            return payer;
        }
    }

    /// <summary>Gets or sets what it pays for (<see cref="Payer"/>). Only the <see cref="Budget"/> uses it.</summary>
    public Cost Paid { get; set; }

    /// <summary>Gets or sets the time (<see cref="System.Diagnostics.Stopwatch"/>) before which its calls are not taken (<see cref="Shares"/>).</summary>
    public long RestsUntil { get; set; }

    /// <summary>Gets or sets the last turn of all in which a call of its was served (<see cref="Shares"/>).</summary>
    public ulong Turn { get; set; }

    /// <summary>Gets or sets how many calls of its were served in its last turn.</summary>
    public int CallsInTurn { get; set; }

    /// <summary>Gets or sets whether a call of its took long, by the call's own doing or by Linux's (<see cref="Shares"/>).</summary>
    public bool IsSuspect { get; set; }

    /// <summary>Gets or sets whether it has ended and is being cleared away.</summary>
    public bool IsDead { get; set; }

    /// <summary>Gets or sets the number up to which its threads are buried.</summary>
    public int ThreadsBuried { get; set; } = 1;

    /// <summary>Gets how many slots of the CNode of the thread that is being buried are emptied.</summary>
    public ref ulong SlotsBuried => ref _slotsBuried;

    /// <summary>Gets or sets the first of the receivers of its threads (<see cref="HostedReceiver.NextOfProcess"/>).</summary>
    public HostedReceiver? FirstReceiver { get; set; }

    /// <summary>Gets or sets how many senders of its threads were taken out of use.</summary>
    public uint SendersClosed { get; set; }

    /// <summary>Gets or sets whether its receivers do not know yet of all <see cref="SendersClosed"/>.</summary>
    public bool IsUntold { get; set; }

    /// <summary>Gets or sets the next that is <see cref="IsUntold"/>.</summary>
    public HostedProcess? NextUntold { get; set; }
}
