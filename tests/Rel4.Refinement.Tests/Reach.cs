using Rel4.Abi;
using Rel4.Spec;

namespace Rel4.Refinement.Tests;

/// <summary>Is a slot that can be named under some root.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Cap">What it holds.</param>
/// <param name="Index">Its address under the root.</param>
/// <param name="Depth">The bits of that address.</param>
internal sealed record Place(SlotId Slot, Capability? Cap, ulong Index, int Depth)
{
    /// <summary>Gets its address in a system call; a CNode with bits left over is passed through instead.</summary>
    public ulong? Address => Depth == Limits.WordBits ? Index : Cap is CNodeCap ? null : Index << (Limits.WordBits - Depth);
}

/// <summary>Finds out what a thread can name.</summary>
internal static class Reach
{
    private const int MostPlaces = 400;

    /// <summary>Lists the places under a root, nearer ones first.</summary>
    public static List<Place> Under(SpecState state, Capability? root)
    {
        List<Place> places = [];
        Queue<(CNodeCap Node, ulong Index, int Depth)> nodes = new();
        if (root is CNodeCap first)
            nodes.Enqueue((first, 0, 0));
        while (places.Count < MostPlaces && nodes.TryDequeue(out (CNodeCap Node, ulong Index, int Depth) at))
        {
            int depth = at.Depth + at.Node.GuardSize + at.Node.Radix;
            if (depth > Limits.WordBits)
                continue;
            ulong prefix = Shift(Shift(at.Index, at.Node.GuardSize) | at.Node.Guard, at.Node.Radix);
            for (int i = 0; i < 1 << at.Node.Radix; i++)
            {
                SlotId slot = new(at.Node.Address, i);
                Place place = new(slot, state.Cap(slot), prefix | (uint)i, depth);
                places.Add(place);
                if (place.Cap is CNodeCap next)
                    nodes.Enqueue((next, place.Index, depth));
            }
        }
        return places;
    }

    /// <summary>Lists the places that a thread can name.</summary>
    public static List<Place> Of(SpecState state, ulong thread) => Under(state, state.Cap(new SlotId(thread, TcbSlot.CSpace)));

    private static ulong Shift(ulong value, int bits) => bits < Limits.WordBits ? value << bits : 0;
}
