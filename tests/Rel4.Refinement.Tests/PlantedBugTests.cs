using Rel4.Abi;
using Rel4.Sim;
using Rel4.Spec;
using Core = Rel4.Kernel;

namespace Rel4.Refinement.Tests;

/// <summary>Would the comparison notice? Each test plants a bug, which must be found, and told in a short story.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    private const int StoriesToFindIt = 50;
    private const int MostActs = 30;

    [Fact]
    public void Check_BadgeBitFlippedInTheKernel_FindsIt() => AssertFound(new FlippedBadge());

    [Fact]
    public void Check_EndpointQueueReversed_FindsIt() => AssertFound(new ReversedQueue());

    [Fact]
    public void Check_GenerationGivenOutTwice_FindsIt() => AssertFound(new OldGeneration());

    [Fact]
    public void Check_LateWakeup_FindsIt() => AssertFound(new LostHandoff());

    private void AssertFound(Sabotage sabotage)
    {
        (Story Story, string Difference)? found = RefinementTests.FindDifference(
            RefinementTests.Stories, StoriesToFindIt, sabotage: sabotage);

        Assert.NotNull(found);
        output.WriteLine($"{found.Value.Difference}{Environment.NewLine}{found.Value.Story}");
        Assert.InRange(found.Value.Story.Acts.Length, 1, MostActs);
    }

    /// <summary>The kernel loses a bit of a badge when it mints.</summary>
    private sealed unsafe class FlippedBadge : Sabotage
    {
        public override void Tamper(SimKernel kernel, Command command)
        {
            if (command is not SystemCallCommand call || new MessageInfo(call.Info).Label != (ulong)InvocationLabel.CNodeMint)
                return;
            Core.Slot* slots = kernel.RootThread->CSpaceRoot.Cap.Slots;
            for (int i = 0; slots != null && i < 1 << Lockstep.Machine.RootCNodeBits; i++)
            {
                if (slots[i].Cap.Type == Core.CapType.Endpoint && slots[i].Cap.Badge != 0)
                    slots[i].Cap.Word1 ^= 1;
            }
        }
    }

    /// <summary>The specification serves the last of several threads first.</summary>
    private sealed class ReversedQueue : Sabotage
    {
        public override SpecState Step(SpecState state, Command command)
        {
            state = base.Step(state, command);
            Endpoint? crowded = state.Objects.Values.OfType<Endpoint>().FirstOrDefault(endpoint => endpoint.Queue.Count > 1);
            return crowded is null ? state : state.Put(crowded with { Queue = crowded.Queue.Reverse() });
        }
    }

    /// <summary>The specification uses a sender's generation again.</summary>
    private sealed class OldGeneration : Sabotage
    {
        public override SpecState Step(SpecState state, Command command) =>
            base.Step(state, command) with { NextGeneration = state.NextGeneration };
    }

    /// <summary>The specification makes threads that are woken wait for their turn.</summary>
    private sealed class LostHandoff : Sabotage
    {
        public override SpecState Step(SpecState state, Command command)
        {
            SpecState next = base.Step(state, command);
            bool isReplaced = command is SystemCallCommand && next.Current is { } current && current != state.Current
                && next.ReadyQueues.TryGetValue(next.Thread(current).Priority, out var queue) && !queue.IsEmpty;
            return isReplaced ? base.Step(next, new DispatchCommand(next.ReadyQueues[next.Thread(next.Current!.Value).Priority][0])) : next;
        }
    }
}
