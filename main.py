from portrait.app import main

raise SystemExit(main())
