using Rel4.Kernel;

namespace Rel4.Sim;

/// <summary>Checks the derivation lists.</summary>
/// <remarks>
/// <list type="number">
/// <item>Each is linked both ways, ends, and holds every slot in use exactly once.</item>
/// <item>The capabilities to one object follow each other without a gap (<see cref="DerivationTree.IsFinal"/> looks at
/// neighbours only).</item>
/// <item>What was derived from a badged original follows it without a gap.</item>
/// <item>What lies in untyped memory was derived from it, so that revoking it reclaims all: compared by
/// <see cref="MemoryInvariants"/>.</item>
/// </list>
/// </remarks>
internal static unsafe class DerivationInvariants
{
    [ThreadStatic]
    private static Walk? s_walk;

    public static void Check(Survey survey)
    {
        Walk walk = s_walk ??= new Walk();
        walk.Start(survey);
        foreach (nint slot in survey.Slots)
        {
            if (((Slot*)slot)->Previous == null)
                walk.Go((Slot*)slot);
        }

        walk.End();
    }

    private sealed class Walk
    {
        private readonly HashSet<nint> _passed = [];
        private readonly List<nint> _ancestors = [];
        private readonly List<nint> _closed = [];
        private Survey _survey = null!;

        public void Start(Survey survey)
        {
            _survey = survey;
            _passed.Clear();
        }

        /// <summary>Goes through one list from its head.</summary>
        public void Go(Slot* head)
        {
            _ancestors.Clear();
            _closed.Clear();
            for (Slot* slot = head, previous = null; slot != null; previous = slot, slot = slot->Next)
            {
                if (!_survey.IsSlotInUse(slot))
                {
                    _survey.Report(
                        $"{_survey.Describe(previous)} is followed in the derivation list by {_survey.Describe(slot)}, which is empty");
                    return;
                }

                if (slot->Previous != previous)
                {
                    _survey.Report(
                        $"{_survey.Describe(previous)} is followed in the derivation list by {_survey.Describe(slot)}, "
                        + "which does not point back");
                    return;
                }

                if (!_passed.Add((nint)slot))
                {
                    _survey.Report($"the derivation list comes back to {_survey.Describe(slot)}");
                    return;
                }

                Place(slot, previous);
            }
        }

        /// <summary>Tells of the slots that no list from a head has reached.</summary>
        public void End()
        {
            foreach (nint slot in _survey.Slots)
            {
                if (!_passed.Contains(slot))
                    _survey.Report($"{_survey.Describe((Slot*)slot)} cannot be reached from the head of its derivation list");
            }
        }

        private void Place(Slot* slot, Slot* previous)
        {
            int index = _survey.IndexOf(slot->Cap);
            if (previous == null || index < 0 || index != _survey.IndexOf(previous->Cap))
            {
                _closed.Clear();
                if (index >= 0)
                    _survey.Objects[index].Runs++;
            }

            while (_ancestors.Count != 0 && !DerivationTree.IsParent((Slot*)_ancestors[^1], slot))
            {
                _closed.Add(_ancestors[^1]);
                _ancestors.RemoveAt(_ancestors.Count - 1);
            }

            // Behind another original of its badge it would be that one's: what is alike need only lie side by side.
            bool continues = previous != null && index == _survey.IndexOf(previous->Cap) && slot->Cap.Badge == previous->Cap.Badge;
            foreach (nint closed in _closed)
            {
                if (!continues && DerivationTree.IsParent((Slot*)closed, slot))
                    _survey.Report($"{_survey.Describe(slot)} was derived from {_survey.Describe((Slot*)closed)} but does not follow it");
            }

            if (index >= 0)
                NoteOrigin(ref _survey.Objects[index], slot);
            if (slot->IsRevocable)
                _ancestors.Add((nint)slot);
        }

        private void NoteOrigin(ref KernelObject found, Slot* slot)
        {
            int origin = -1;
            for (int i = _ancestors.Count - 1; i >= 0 && origin < 0; i--)
            {
                var ancestor = (Slot*)_ancestors[i];
                int index = _survey.IndexOf(ancestor->Cap);
                if (ancestor->Cap.Type == CapType.Untyped && _survey.Objects[index].Key != found.Key)
                    origin = index;
            }

            if (found.Origin >= 0 && found.Origin != origin)
                _survey.Report($"{_survey.Describe(slot)} was derived from other memory than other capabilities to its object");
            found.Origin = origin;
        }
    }
}
