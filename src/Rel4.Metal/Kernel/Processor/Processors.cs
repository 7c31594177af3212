using System.Runtime;
using Rel4.Abi;

namespace Rel4.Metal.Kernel;

/// <summary>Starts the machine's other processors (Intel SDM vol. 3A, 8.4).</summary>
/// <remarks>
/// The first is the one that booted; the others have the numbers behind, in the firmware's order. One is started at a time, and takes the number that is offered; one that does not in
/// time, or can't do what the kernel needs, stays off.
/// </remarks>
internal static unsafe class Processors
{
    // RAM on every PC. It is as it was before when all have started.
    private const uint StartPage = 0x8000;

    private static NumberTable s_numbers;

    /// <summary>Gets how many run.</summary>
    public static uint Count { get; private set; } = 1;

    /// <summary>Gets the number by which a processor's local APIC is reached.</summary>
    public static byte NumberOf(uint processor) => s_numbers.Bytes[processor];

    /// <summary>Starts those that the firmware tells of.</summary>
    public static void Start(FirmwareProcessors found, MemoryMap memory)
    {
        s_numbers.Bytes[0] = LocalApic.Number;
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
                s_numbers.Bytes[Count++] = found[i];
        }

        Copy(before, page, length);
    }

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

    /// <summary>Starts here: <c>Boot/start.asm</c> calls it on a processor that has taken a number, on the boot's tables. Comes back to be halted.</summary>
    [RuntimeExport("metal_start_another")]
    private static void StartAnother()
    {
        ImageLayout* image = Instructions.Layout();
        Descriptors.Load(image);
        ProcessorState.Start();
        if (!Features.TryEnable(image->SystemCallEntry))
            return;
        ProcessorState.LeaveSpace();
        ProcessorState.Own->IsUp = true;
    }

    private static void Copy(byte* from, byte* to, uint length)
    {
        for (uint i = 0; i < length; i++)
            to[i] = from[i];
    }

    private struct NumberTable
    {
        public fixed byte Bytes[(int)ProcessorArea.Most];
    }
}
