namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Names the ways in which a task tries to get at something that it was not granted.</summary>
public enum Trespass
{
    /// <summary>Find a capability in a slot that was never filled, or behind the end of its CNode.</summary>
    FindUngrantedCapability,

    /// <summary>Call every method of every kind of object on such slots.</summary>
    InvokeUngrantedCapability,

    /// <summary>Use addresses with any bits set.</summary>
    UseWildAddress,

    /// <summary>Reach slots by looking only at a part of an address.</summary>
    ReachThroughDepth,

    /// <summary>Receive from an endpoint without the Read right.</summary>
    ReceiveWithoutRead,

    /// <summary>Call through an endpoint without the Write right.</summary>
    CallWithoutWrite,

    /// <summary>Send a capability through an endpoint without the Grant right.</summary>
    SendCapabilityWithoutGrant,

    /// <summary>Wait for a notification without the Read right.</summary>
    WaitWithoutRead,

    /// <summary>Signal a notification without the Write right.</summary>
    SignalWithoutWrite,

    /// <summary>Copy a read-only frame's capability with more rights, and map that.</summary>
    CopyFrameForMoreRights,

    /// <summary>Copy an endpoint's capability with more rights, and call through that.</summary>
    CopyEndpointForMoreRights,

    /// <summary>Make a copy of a badged capability that has another badge.</summary>
    MintAnotherBadge,

    /// <summary>Cancel what others have sent, without all rights.</summary>
    CancelSendsOfOthers,

    /// <summary>Make objects out of memory that was not granted.</summary>
    RetypeUngrantedMemory,

    /// <summary>Make a larger object than the memory that was granted.</summary>
    RetypeMoreThanGranted,

    /// <summary>Put a new object's capability into a CNode of another task.</summary>
    RetypeIntoUngrantedCNode,

    /// <summary>Stop a thread of another task.</summary>
    SuspendUngrantedThread,

    /// <summary>Give an own thread the CNode of another task.</summary>
    ConfigureWithUngrantedCNode,

    /// <summary>Bind a notification without the Read right to an own thread.</summary>
    BindWithoutRead,

    /// <summary>Become the receiver of a notification without the Read right.</summary>
    RegisterReceiverWithoutRead,

    /// <summary>Become a sender of a notification without the Write right.</summary>
    RegisterSenderWithoutWrite,

    /// <summary>Post through a sender handle that was given back.</summary>
    PostThroughStaleHandle,

    /// <summary>Reply to a caller that has its reply already.</summary>
    ReplyTwice,

    /// <summary>Reply through a saved reply capability, or a copy of it, to a caller that has its reply already.</summary>
    ReplyThroughSavedCapabilityTwice,

    /// <summary>Map a read-only frame writable.</summary>
    MapReadOnlyFrameWritable,

    /// <summary>Make the mapping of a read-only frame writable.</summary>
    ProtectReadOnlyMappingWritable,

    /// <summary>Write to the file behind a read-only frame.</summary>
    WriteToReadOnlyFrame,

    /// <summary>Open the file behind a read-only frame again, for writing.</summary>
    ReopenReadOnlyFrame,

    /// <summary>Open the file behind a read-only frame again so that its content is lost.</summary>
    ReopenReadOnlyFrameEmpty,

    /// <summary>Shrink the file behind a read-only frame, so that whoever maps it faults.</summary>
    ShrinkReadOnlyFrame,

    /// <summary>Shrink the file behind a frame with all rights, so that whoever maps it faults.</summary>
    ShrinkWritableFrame,

    /// <summary>Grow the file behind a frame with all rights, to have more memory than was granted.</summary>
    GrowWritableFrame,

    /// <summary>Take pages out of the file behind a read-only frame.</summary>
    PunchHoleInReadOnlyFrame,

    /// <summary>Take pages out of a read-only frame through its mapping.</summary>
    RemovePagesOfReadOnlyFrame,

    /// <summary>Change what may be done with a read-only frame from now on.</summary>
    SealReadOnlyFrame,

    /// <summary>Read what lies behind the end of a frame.</summary>
    ReadBeyondFrame,

    /// <summary>Have a read-only frame handed out as a trap page, which is writable.</summary>
    UseReadOnlyFrameAsTrapPage,

    /// <summary>Map a frame into an address space that is not the task's own.</summary>
    MapIntoAnotherSpace,

    /// <summary>Attach a process to an address space that was not granted.</summary>
    AttachToUngrantedSpace,

    /// <summary>Attach what is no process.</summary>
    AttachWhatIsNoProcess,

    /// <summary>Claim a thread of another task as the own, so that the kernel moves it.</summary>
    MoveThreadOfAnother,

    /// <summary>Attach the process of another task to an own address space, and claim its thread there.</summary>
    MoveThreadThroughOwnSpace,

    /// <summary>Attach the process of another task to an own address space, and delete that, so that the kernel kills it.</summary>
    KillThroughOwnSpace,

    /// <summary>Write anything into a trap page, and see whether the others notice.</summary>
    ScribbleOnTrapPage,

    /// <summary>Send anything over the control socket, and see whether the others notice.</summary>
    SendJunkToKernel,

    /// <summary>Make the kernel wait where it rings, by filling the doorbell of an own receiver.</summary>
    StuffDoorbell,
}
