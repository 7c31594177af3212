using Rel4.Refinement.Tests;
using Rel4.Spec;

namespace Rel4.Kernel.Mutants;

/// <summary>Is a story whose states by the specification are known, so that only the kernel has to work when it is told again.</summary>
internal sealed class RememberedStory
{
    private readonly Story _story;
    private readonly List<SpecState> _states = [];

    public RememberedStory(int seed)
    {
        // Made up with a kernel that makes no mistakes.
        _story = Story.FromSeed(seed);
        SpecState state = Lockstep.FirstState();
        foreach (Act act in _story.Acts)
        {
            foreach (Command command in Lockstep.CommandsOf(state, act))
                _states.Add(state = Spec.Spec.Step(state, command));
        }
    }

    /// <summary>Tells the story to the kernel.</summary>
    public string? FindDifference(Preemption preemption) => _story.FindDifference(preemption, new Memory(_states));

    private sealed class Memory(List<SpecState> states) : Sabotage
    {
        private int _next;

        public override SpecState Step(SpecState state, Command command) => states[_next++];
    }
}
