using System.Runtime;
using Rel4.Abi;

namespace Rel4.Metal.Kernel;

/// <summary>Starts the machine's other processors (Intel SDM vol. 3A, 8.4).</summary>
/// <remarks>
/// All of them run threads, each those whose home it is, and one at a time is in the kernel (<see cref="KernelLock"/>).
/// The first is the one that booted; the others have the numbers behind, in the firmware's order. One is started at a time, and takes the number that is offered; one that does not in
/// time, or can't do what the kernel needs, stays off.
/// </remarks>
internal static unsafe class Processors
{
    // RAM on every PC. It is as it was before when all have started.
    private const uint StartPage = 0x8000;

    /// <summary>Gets how many run.</summary>
    public static uint Count { get; private set; } = 1;

    /// <summary>Starts those that the firmware tells of.</summary>
    public static void Start(FirmwareProcessors found, MemoryMap memory)
    {
        if (!memory.TryFind(StartPage, out ulong start, out ulong end) || start != StartPage || end - start < 1UL << Limits.PageBits)
            return;
        uint length;
        byte* code = Instructions.StartCode(&length);
        byte* page = Physical.ToPointer(StartPage);
        byte* before = stackalloc byte[(int)length];
        Copy(page, before, length);
        Copy(code, page, length);
        for (int i = 0; i < found.Count && Count < ProcessorArea.Most; i++)
        {
            if (found[i] != LocalApic.Number && TryStart(found[i]))
                Count++;
        }

        Copy(before, page, length);
        if (Count > 1)
            KernelLock.Use();
    }

    /// <summary>Gets the paths into the kernel and out of it of a processor.</summary>
    public static ulong* PathsOf(uint processor) => (ulong*)Instructions.Layout()->Paths + (Count == 1 ? 0 : 2 * (processor + 1));

    /// <summary>Starts one: INIT, then SIPI, a second time where the first is not enough.</summary>
    private static bool TryStart(byte number)
    {
        ProcessorState* state = ProcessorState.Of(Count);
        _ = Instructions.OfferNumber(Count);
        LocalApic.SendInitialise(number);
        IntervalTimer.Wait10Milliseconds();
        for (int attempt = 0; attempt < 10; attempt++)
        {
            if (attempt < 2)
                LocalApic.SendStart(number, StartPage);
            IntervalTimer.Wait10Milliseconds();
            if (state->IsUp)
                return true;
        }

        // It has the number and is not up, or starts only now and finds none. Either way it goes back to where it was.
        _ = Instructions.OfferNumber(0);
        LocalApic.SendInitialise(number);
        return false;
    }

    /// <summary>Starts here: <c>Boot/start.asm</c> calls it on a processor that has taken a number, on the boot's tables.</summary>
    /// <returns>Whether it can do what the kernel needs, and queues up for it now.</returns>
    [RuntimeExport("metal_start_another")]
    private static bool StartAnother(uint number)
    {
        Descriptors.Load(Instructions.Layout());
        if (!Features.TryEnable())
            return false;
        ProcessorState.LeaveSpace();
        ProcessorState.Start(number, LocalApic.Number);
        ProcessorState.SetPaths((ulong*)Instructions.Layout()->Paths + (2 * (number + 1)));
        LocalApic.StartOnAnother();
        ProcessorState.Own->IsUp = true;
        return true;
    }

    private static void Copy(byte* from, byte* to, uint length)
    {
        for (uint i = 0; i < length; i++)
            to[i] = from[i];
    }
}
