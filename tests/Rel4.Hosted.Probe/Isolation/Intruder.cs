using static Rel4.Hosted.Probe.Isolation.Trespass;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Is the task that tries everything.</summary>
internal static class Intruder
{
    /// <summary>Tries everything, and writes what came of it.</summary>
    public static void Run()
    {
        // So that the victim has mapped its frame: whoever reads first leaves none to write later.
        Victim.Answer victim = Victim.Ask(Held.Send) ?? throw new InvalidOperationException("The victim can't be asked.");
        foreach (Trespass trespass in Enum.GetValues<Trespass>())
            Console.WriteLine($"{trespass}={Finding.Of(() => Try(trespass, victim))}");
        if (Held.IsOwner)
            return;
        foreach ((string name, int process) in TargetProcesses(victim))
        {
            foreach (ProcessTrespass trespass in Enum.GetValues<ProcessTrespass>())
                Console.WriteLine($"{name} {trespass}={ProcessTrespasses.Try(trespass, process)}");
        }

        Console.WriteLine($"Harm={Held.LookForHarm()}");
    }

    private static (string, int)[] TargetProcesses(Victim.Answer victim) =>
        [("kernel", int.Parse(Environment.GetEnvironmentVariable(IsolationSystem.KernelVariable)!)), ("peer", victim.Process)];

    private static Finding Try(Trespass trespass, Victim.Answer victim) => trespass switch
    {
        FindUngrantedCapability => LookupTrespasses.Find(),
        InvokeUngrantedCapability => LookupTrespasses.Invoke(),
        UseWildAddress => LookupTrespasses.UseWildAddress(),
        ReachThroughDepth => LookupTrespasses.ReachThroughDepth(),
        ReceiveWithoutRead => RightsTrespasses.ReceiveWithoutRead(),
        CallWithoutWrite => RightsTrespasses.CallWithoutWrite(),
        SendCapabilityWithoutGrant => RightsTrespasses.SendCapabilityWithoutGrant(),
        WaitWithoutRead => RightsTrespasses.WaitWithoutRead(),
        SignalWithoutWrite => RightsTrespasses.SignalWithoutWrite(),
        CopyFrameForMoreRights => RightsTrespasses.CopyFrame(),
        CopyEndpointForMoreRights => RightsTrespasses.CopyEndpoint(),
        MintAnotherBadge => RightsTrespasses.MintAnotherBadge(),
        CancelSendsOfOthers => RightsTrespasses.CancelSends(),
        RetypeUngrantedMemory => ObjectTrespasses.RetypeUngranted(),
        RetypeMoreThanGranted => ObjectTrespasses.RetypeMoreThanGranted(),
        RetypeIntoUngrantedCNode => ObjectTrespasses.RetypeIntoUngrantedCNode(),
        SuspendUngrantedThread => ObjectTrespasses.SuspendUngranted(),
        ConfigureWithUngrantedCNode => ObjectTrespasses.ConfigureWithUngrantedCNode(),
        BindWithoutRead => RightsTrespasses.BindWithoutRead(),
        RegisterReceiverWithoutRead => UserInterruptTrespasses.RegisterReceiverWithoutRead(),
        RegisterSenderWithoutWrite => UserInterruptTrespasses.RegisterSenderWithoutWrite(),
        PostThroughStaleHandle => UserInterruptTrespasses.PostThroughStaleHandle(),
        ReplyTwice => ReplyTrespasses.ReplyTwice(),
        ReplyThroughSavedCapabilityTwice => ReplyTrespasses.ReplyThroughSavedCapabilityTwice(),
        MapReadOnlyFrameWritable => FrameTrespasses.MapWritable(),
        ProtectReadOnlyMappingWritable => FrameTrespasses.ProtectWritable(),
        WriteToReadOnlyFrame => FrameTrespasses.Write(),
        ReopenReadOnlyFrame => FrameTrespasses.Reopen(),
        ReopenReadOnlyFrameEmpty => FrameTrespasses.ReopenEmpty(),
        ShrinkReadOnlyFrame => FrameTrespasses.ShrinkReadOnly(),
        ShrinkWritableFrame => FrameTrespasses.ShrinkWritable(),
        GrowWritableFrame => FrameTrespasses.GrowWritable(),
        PunchHoleInReadOnlyFrame => FrameTrespasses.PunchHole(),
        RemovePagesOfReadOnlyFrame => FrameTrespasses.RemovePages(),
        SealReadOnlyFrame => FrameTrespasses.Seal(),
        ReadBeyondFrame => FrameTrespasses.ReadBeyond(),
        UseReadOnlyFrameAsTrapPage => SpaceTrespasses.UseReadOnlyFrameAsTrapPage(),
        MapIntoAnotherSpace => SpaceTrespasses.MapIntoAnother(),
        AttachToUngrantedSpace => SpaceTrespasses.AttachToUngranted(),
        AttachWhatIsNoProcess => SpaceTrespasses.AttachWhatIsNoProcess(),
        MoveThreadOfAnother => ThreadTrespasses.Move(victim),
        MoveThreadThroughOwnSpace => ThreadTrespasses.MoveThroughOwnSpace(victim),
        KillThroughOwnSpace => SpaceTrespasses.Kill(victim),
        ScribbleOnTrapPage => ThreadTrespasses.Scribble(),
        SendJunkToKernel => SpaceTrespasses.SendJunk(),
        StuffDoorbell => UserInterruptTrespasses.StuffDoorbell(),
        _ => throw new ArgumentOutOfRangeException(nameof(trespass)),
    };
}
